package dev.cadenza.api.chat.schema;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

@Schema(description = "An answer; a stream carries the same fields in chunks, with delta instead of message")
public record ChatCompletion(String id, String object, Long created, String model, @JsonProperty("system_fingerprint") String systemFingerprint,
        @Schema(description = "Only when asked for") @JsonProperty("service_tier") String serviceTier, List<Choice> choices, Usage usage,
        Decoding decoding, @Schema(description = "The request's") Map<String, String> metadata) {

    @Schema(name = "ChatChoice")
    public record Choice(Integer index, Answer message, @Schema(nullable = true) Logprobs logprobs,
            @Schema(enumeration = {"stop", "length"}) @JsonProperty("finish_reason") String finishReason,
            @Schema(nullable = true, description = "Matched stop string, id of an end token that is not the model's own, or null")
            @JsonProperty("stop_reason") Object stopReason) {
    }

    @Schema(name = "ChatAnswer")
    public record Answer(String role, String content, @Schema(nullable = true) String refusal, List<Object> annotations) {
    }

    public record Logprobs(List<TokenLogprob> content, @Schema(nullable = true) List<TokenLogprob> refusal) {
    }

    public record TokenLogprob(String token, Double logprob, @Schema(nullable = true, description = "The token's own, maybe half a character")
            List<Integer> bytes, @JsonProperty("top_logprobs") List<TopLogprob> topLogprobs) {
    }

    public record TopLogprob(String token, Double logprob, @Schema(nullable = true) List<Integer> bytes) {
    }

    public record Usage(@JsonProperty("prompt_tokens") Integer promptTokens, @JsonProperty("completion_tokens") Integer completionTokens,
            @JsonProperty("total_tokens") Integer totalTokens, @JsonProperty("prompt_tokens_details") PromptDetails promptTokensDetails,
            @JsonProperty("completion_tokens_details") CompletionDetails completionTokensDetails) {
    }

    public record PromptDetails(@JsonProperty("cached_tokens") Integer cachedTokens, @JsonProperty("audio_tokens") Integer audioTokens) {
    }

    public record CompletionDetails(@JsonProperty("reasoning_tokens") Integer reasoningTokens, @JsonProperty("audio_tokens") Integer audioTokens,
            @Schema(description = "Tokens of the request's prediction that the answer has")
            @JsonProperty("accepted_prediction_tokens") Integer acceptedPredictionTokens,
            @Schema(description = "Tokens of the prediction that were verified in vain; no part of completion_tokens")
            @JsonProperty("rejected_prediction_tokens") Integer rejectedPredictionTokens) {
    }

    @Schema(description = "What the strategy did; sums over all choices, strategy and seed of the first. Fields that do not apply are absent")
    public record Decoding(String strategy,
            @Schema(description = "request, prediction, reasoning_effort, default, auto: name of the rule (and by load when it reads the load), "
                    + "or auto: no rule") String reason,
            @Schema(description = "Kind of draft") String draft,
            @Schema(description = "Engine steps after the prefill in which the answer had a row") Integer steps,
            @JsonProperty("tokens_per_step") Double tokensPerStep, @Schema(description = "Draft tokens verified") Integer drafted,
            @Schema(description = "Draft tokens kept") Integer accepted,
            @Schema(description = "Layers executed, summed over the generated tokens' rows") @JsonProperty("layers_run") Long layersRun,
            @Schema(description = "Layers at full depth over layers_run") @JsonProperty("layer_speedup") Double layerSpeedup,
            @Schema(description = "Paths sampled at forks") Integer trials,
            @Schema(description = "Tokens of paths that were not kept; no part of usage") @JsonProperty("dropped_tokens") Integer droppedTokens,
            @Schema(enumeration = {"easy", "normal", "hard"}, description = "Class by which diff_adapt asked the question") String route,
            @Schema(description = "By the probe, of the classes easy, normal and hard") @JsonProperty("route_probabilities") Map<String, Double> routeProbabilities,
            @Schema(description = "That applied") @JsonProperty("route_temperature") Double routeTemperature,
            @Schema(description = "That applied") @JsonProperty("route_max_tokens") Integer routeMaxTokens,
            @Schema(description = "Why the strategy did less than it could") String warning,
            @Schema(description = "Forks with fewer trials than wanted, for want of room") @JsonProperty("trials_capped") Integer trialsCapped,
            Long seed, @Schema(description = "With decoding.trace: every fork of every choice, in order") List<TracedFork> forks,
            @Schema(description = "With decoding.trace: every token of every choice, in order") List<TracedToken> trace) {
    }

    public record TracedFork(@Schema(description = "Of the choice") Integer index, @Schema(description = "Tokens of the answer before it") Integer at,
            @Schema(description = "Of the law there, nats") Double entropy, @Schema(description = "Index of the trial that the answer has") Integer kept,
            List<TracedTrial> trials) {
    }

    public record TracedTrial(@Schema(description = "Ids") List<Integer> tokens,
            @Schema(description = "Of each under the law that it was drawn from, natural log") List<Double> logprobs) {
    }

    public record TracedToken(@Schema(description = "Of the choice") Integer index, @Schema(description = "Id") Integer token,
            @Schema(enumeration = {"model", "draft", "bonus", "trial"}, description = "bonus: drawn by the model behind kept drafts of the same "
                    + "step; trial: on the path kept at a fork")
            String source,
            @Schema(description = "Layers that the row which drew it ran: all of the model's but with skip_decode; of a draft, the row which verified it")
            @JsonProperty("exit_layer") Integer exitLayer,
            @Schema(description = "Of the law that it was drawn from, nats; 0: greedy") Double entropy,
            @Schema(description = "Of the raw logits' softmax, nats") @JsonProperty("raw_entropy") Double rawEntropy) {
    }
}
