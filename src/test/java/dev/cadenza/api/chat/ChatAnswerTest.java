package dev.cadenza.api.chat;

import static dev.cadenza.api.chat.ChatClient.answer;
import static dev.cadenza.api.chat.ChatClient.ask;
import static dev.cadenza.api.chat.ChatClient.post;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.ScriptedModel;
import dev.cadenza.api.ScriptedScheduler;
import dev.cadenza.sampling.SamplingParameters;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ChatAnswerTest {
    @Inject
    ScriptedScheduler scheduler;
    @Inject
    ScriptedModel model;

    @Test
    void answerHasEveryField() throws Exception {
        JsonNode answer = answer(ask("say:Hé", "seed", 7));

        assertThat(answer.get("id").asText()).matches("chatcmpl-[0-9a-f]{32}");
        assertThat(answer.get("created").asLong()).isGreaterThan(1_700_000_000L);
        assertThat(answer.toString().replaceAll("\"id\":\"[^\"]*\"", "\"id\":\"I\"").replaceAll("\"created\":\\d+", "\"created\":0")).isEqualTo("""
                {"id":"I","object":"chat.completion","created":0,"model":"scripted","system_fingerprint":"fp_scripted","choices":[{"index":0,\
                "message":{"role":"assistant","content":"Hé","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop",\
                "stop_reason":null}],"usage":{"prompt_tokens":8,"completion_tokens":4,"total_tokens":12,"prompt_tokens_details":\
                {"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\
                "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"decoding":{"strategy":"standard","reason":"default","steps":2,\
                "tokens_per_step":1.5,"seed":7}}""");
    }

    @Test
    void metadataAndServiceTierComeBackWhenGiven() throws Exception {
        JsonNode answer = answer(ask("say:x", "metadata", Map.of("a", "b"), "service_tier", "auto"));

        assertThat(answer.get("metadata").toString()).isEqualTo("{\"a\":\"b\"}");
        assertThat(answer.get("service_tier").asText()).isEqualTo("default");
    }

    @Test
    void logprobsCarryEachTokensOwnBytes() throws Exception {
        JsonNode content = answer(ask("split:é", "logprobs", true, "top_logprobs", 2)).at("/choices/0/logprobs/content");

        assertThat(content).hasSize(2);
        assertThat(content.get(0).toString()).isEqualTo("{\"token\":\"\uFFFD\",\"logprob\":-0.5,\"bytes\":[195],\"top_logprobs\":"
                + "[{\"token\":\"\uFFFD\",\"logprob\":-0.5,\"bytes\":[195]},{\"token\":\"<|im_end|>\",\"logprob\":-9999.0,\"bytes\":null}]}");
        assertThat(answer(ask("say:a", "logprobs", true)).at("/choices/0/logprobs").toString())
                .isEqualTo("{\"content\":[{\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97],\"top_logprobs\":[]}],\"refusal\":null}");
    }

    @Test
    void specialTokensHaveNoTextAndSoNoLogprob() throws Exception {
        JsonNode content = answer(ask("marked:a", "logprobs", true)).at("/choices/0/logprobs/content");

        assertThat(content).extracting(token -> token.get("token").asText()).containsExactly("a");
    }

    @Test
    void choicesShareThePromptAndSumTheRest() throws Exception {
        JsonNode answer = answer(ask("say:abc", "n", 3, "decoding", Map.of("strategy", "speculative")));

        assertThat(answer.get("choices")).hasSize(3).extracting(choice -> choice.get("index").asInt()).containsExactly(0, 1, 2);
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(8);
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(12);
        assertThat(answer.get("decoding").toString()).startsWith("{\"strategy\":\"speculative\",\"reason\":\"request\",\"draft\":\"prompt_lookup\","
                + "\"steps\":12,\"tokens_per_step\":0.75,\"drafted\":18,\"accepted\":9,\"seed\":");
    }

    @Test
    void stopReasonTellsWhatStopped() throws Exception {
        assertThat(answer(ask("stop-string", "stop", List.of("END"))).at("/choices/0/stop_reason").asText()).isEqualTo("END");
        assertThat(answer(ask("other-end")).at("/choices/0/stop_reason").asInt()).isEqualTo(258);
        JsonNode cut = answer(ask("say:abc", "max_tokens", 2)).at("/choices/0");
        assertThat(cut.get("finish_reason").asText()).isEqualTo("length");
        assertThat(cut.get("stop_reason").isNull()).isTrue();
    }

    @Test
    void maxTokensAreClampedToTheRoom() throws Exception {
        answer(ask("say:abc", "max_tokens", Long.MAX_VALUE));
        assertThat(scheduler.last().maxTokens()).isEqualTo(ScriptedModel.CONTEXT - 8);

        answer(ask("say:abc"));
        assertThat(scheduler.last().maxTokens()).isEqualTo(ScriptedModel.CONTEXT - 8);
    }

    @Test
    void samplingParametersReachTheScheduler() throws Exception {
        answer(ask("say:x", "temperature", 0.5, "top_k", 5, "top_p", 0.25, "min_p", 0.125, "frequency_penalty", 1, "presence_penalty", -1,
                "repeat_penalty", 1.5, "logit_bias", Map.of("258", -100), "seed", Long.MIN_VALUE, "stop", "a", "logprobs", true, "top_logprobs", 20));

        var last = scheduler.last();
        assertThat(last.sampling()).isEqualTo(new SamplingParameters(0.5f, 5, 0.25f, 0.125f, 1, -1, 1.5f, Map.of(258, -100f)));
        assertThat(last.seed()).isEqualTo(Long.MIN_VALUE);
        assertThat(last.stops()).containsExactly("a");
        assertThat(last.topLogprobs()).isEqualTo(20);
    }

    @Test
    void topPOfZeroIsGreedy() throws Exception {
        answer(ask("say:x", "top_p", 0));

        assertThat(scheduler.last().sampling()).isEqualTo(SamplingParameters.GREEDY);
        assertThat(scheduler.last().topLogprobs()).isEqualTo(-1);
    }

    @Test
    void drawnSeedIsReturnedAndSurvivesDoubles() throws Exception {
        long seed = answer(ask("say:x")).at("/decoding/seed").asLong();

        assertThat(seed).isEqualTo(scheduler.last().seed()).isBetween(0L, 1L << 53);
        assertThat(answer(ask("say:x")).at("/decoding/seed").asLong()).isNotEqualTo(seed);
    }

    @Test
    void ownMessageIsAcceptedBackUnchanged() throws Exception {
        // given
        Object message = ChatClient.JSON.convertValue(answer(ask("say:Hello")).at("/choices/0/message"), Map.class);
        var messages = new ArrayList<Object>(List.of(Map.of("role", "developer", "content", "Be brief."), Map.of("role", "user", "content", "hi", "name", "Ann")));

        // when
        messages.add(message);
        messages.add(Map.of("role", "assistant", "content", List.of(Map.of("type", "refusal", "refusal", "No.")), "reasoning_content", "hm"));
        messages.add(Map.of("role", "user", "content", List.of(Map.of("type", "text", "text", "say:"), Map.of("type", "text", "text", "x"))));
        JsonNode answer = answer(ask("", "messages", messages));

        // then
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("x");
        assertThat(model.lastMessages()).isEqualTo(List.of(Map.of("role", "system", "content", "Be brief."),
                Map.of("role", "user", "content", "hi", "name", "Ann"), Map.of("role", "assistant", "content", "Hello"),
                Map.of("role", "assistant", "content", "No.", "reasoning_content", "hm"), Map.of("role", "user", "content", "say:x")));
    }

    @Test
    void requestIdIsTheClientsWhenPrintable() {
        var kept = given().header("x-request-id", "my id 7").contentType("application/json").body(ask("say:x"))
                .post("/v1/chat/completions");

        assertThat(kept.header("x-request-id")).isEqualTo("my id 7");
        assertThat(kept.header("openai-processing-ms")).matches("\\d+");
        var replaced = given().header("x-request-id", "x".repeat(129)).get("/v1/models");
        assertThat(replaced.header("x-request-id")).startsWith("req_");
        assertThat(post(ask("say:x")).header("x-request-id")).startsWith("req_");
    }
}
