package dev.cadenza.api.chat.schema;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

@Schema(description = "null means absent. Fields that are not listed are refused by name.")
public record ChatCompletionRequest(
        @Schema(required = true, description = "Name or alias of the served model") String model,
        @Schema(required = true, minItems = 1) List<Message> messages,
        @Schema(minimum = "1", description = "Per answer; more than the context leaves is clamped. Default: the room left")
        @JsonProperty("max_completion_tokens") Long maxCompletionTokens,
        @Schema(minimum = "1", deprecated = true, description = "Old name of max_completion_tokens") @JsonProperty("max_tokens") Long maxTokens,
        @Schema(minimum = "0", maximum = "2", defaultValue = "1", description = "0: the most likely token") Double temperature,
        @Schema(minimum = "0", maximum = "1", defaultValue = "1") @JsonProperty("top_p") Double topP,
        @Schema(minimum = "-1", defaultValue = "0", description = "0 and -1: off") @JsonProperty("top_k") Integer topK,
        @Schema(minimum = "0", maximum = "1", defaultValue = "0") @JsonProperty("min_p") Double minP,
        @Schema(minimum = "-2", maximum = "2", defaultValue = "0") @JsonProperty("frequency_penalty") Double frequencyPenalty,
        @Schema(minimum = "-2", maximum = "2", defaultValue = "0") @JsonProperty("presence_penalty") Double presencePenalty,
        @Schema(minimum = "0", exclusiveMinimum = true, maximum = "2", defaultValue = "1", description = "1: off")
        @JsonProperty("repetition_penalty") Double repetitionPenalty,
        @Schema(minimum = "0", exclusiveMinimum = true, maximum = "2", description = "Another name of repetition_penalty")
        @JsonProperty("repeat_penalty") Double repeatPenalty,
        @Schema(description = "Token id to addend, -100 to 100") @JsonProperty("logit_bias") Map<String, Double> logitBias,
        @Schema(description = "64-bit. Default: drawn, and returned in decoding.seed") Long seed,
        @Schema(minimum = "1", maximum = "128", defaultValue = "1", description = "Answers wanted; the server may set a lower limit") Integer n,
        @Schema(anyOf = {String.class, String[].class}, description = "A string or 1 to 4 strings, none empty; never part of the text") Object stop,
        @Schema(defaultValue = "false") Boolean logprobs,
        @Schema(minimum = "0", maximum = "20", description = "Needs logprobs") @JsonProperty("top_logprobs") Integer topLogprobs,
        @Schema(defaultValue = "false", description = "Answer as server-sent events") Boolean stream,
        @Schema(description = "Only with stream") @JsonProperty("stream_options") StreamOptions streamOptions,
        @Schema(type = SchemaType.OBJECT, description = "How to decode: strategy (default auto), trace (bool: where each token came "
                + "from and how sure its law was), and the "
                + "parameters in an object named after the strategy; GET /v1/decoding/strategies describes them") Object decoding,
        @Schema(description = "Text that the answer is expected to resemble; selects speculative decoding with it as draft, which changes no token")
        Prediction prediction,
        @Schema(enumeration = {"none", "low", "medium", "high"}, description = "low, medium, high: the strategy diff_adapt with the class easy, auto, normal; "
                + "none: thinking off in the chat template") @JsonProperty("reasoning_effort") String reasoningEffort,
        @Schema(description = "At most 16 pairs; echoed") Map<String, String> metadata,
        @Schema(enumeration = {"auto", "default"}) @JsonProperty("service_tier") String serviceTier,
        @Schema(description = "Shares no computed prompt prefix with others, where the server is configured so") String user,
        @Schema(description = "Without effect") @JsonProperty("safety_identifier") String safetyIdentifier,
        @Schema(description = "Without effect") @JsonProperty("prompt_cache_key") String promptCacheKey) {

    @Schema(name = "ChatMessage")
    public record Message(@Schema(required = true, enumeration = {"system", "developer", "user", "assistant"}) String role,
            @Schema(anyOf = {String.class, String[].class}, description = "A string or text parts") Object content, String name) {
    }

    @Schema(name = "ChatPrediction")
    public record Prediction(@Schema(required = true, enumeration = {"content"}) String type,
            @Schema(required = true, anyOf = {String.class, String[].class}, description = "A string or text parts") Object content) {
    }

    public record StreamOptions(@Schema(defaultValue = "false", description = "End the stream with a usage chunk")
            @JsonProperty("include_usage") Boolean includeUsage) {
    }
}
