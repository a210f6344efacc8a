package dev.cadenza.api.chat;

import static dev.cadenza.api.chat.ChatClient.answer;
import static dev.cadenza.api.chat.ChatClient.ask;
import static dev.cadenza.api.chat.ChatClient.chunks;
import static dev.cadenza.api.chat.ChatClient.post;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.ScriptedScheduler;
import dev.cadenza.decoding.speculative.Speculative;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
class PredictionTest {
    @Inject
    ScriptedScheduler scheduler;

    @Test
    void predictionSelectsSpeculationWithItAndUsageTellsWhatBecameOfIt() throws Exception {
        JsonNode answer = answer(ask("say:abcd", "n", 2, "prediction", content("abcd")));

        assertThat(answer.at("/decoding/strategy").asText()).isEqualTo("speculative");
        assertThat(answer.at("/decoding/draft").asText()).isEqualTo("prediction");
        assertThat(answer.at("/decoding/reason").asText()).isEqualTo("prediction");
        JsonNode details = answer.at("/usage/completion_tokens_details");
        assertThat(details.get("accepted_prediction_tokens").asInt()).isEqualTo(answer.at("/decoding/accepted").asInt()).isEqualTo(6);
        assertThat(details.get("rejected_prediction_tokens").asInt()).isEqualTo(6);
        assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(10);
    }

    @Test
    void otherDraftsAreNoPredictionTokens() throws Exception {
        JsonNode answer = answer(ask("say:abcd", "decoding", Map.of("strategy", "speculative")));

        assertThat(answer.at("/decoding/accepted").asInt()).isEqualTo(3);
        assertThat(answer.at("/usage/completion_tokens_details/accepted_prediction_tokens").asInt()).isZero();
        assertThat(answer.at("/usage/completion_tokens_details/rejected_prediction_tokens").asInt()).isZero();
    }

    @Test
    void contentIsAStringOrTextPartsAndMayBeEmptyOrLongerThanTheContext() throws Exception {
        var parts = List.of(Map.of("type", "text", "text", "a"), Map.of("type", "text", "text", "b"));
        for (Object content : List.of("ab", "", "x".repeat(10_000), parts)) {
            JsonNode answer = answer(ask("say:abcd", "prediction", content(content)));

            assertThat(answer.at("/decoding/draft").asText()).isEqualTo("prediction");
            assertThat(((Speculative) scheduler.last().strategy()).usesPrediction()).isTrue();
        }
    }

    @Test
    void theStrategyThatUsesItMayBeNamedAndTuned() throws Exception {
        JsonNode named = answer(ask("say:abcd", "prediction", content("abcd"), "decoding",
                Map.of("strategy", "speculative", "speculative", Map.of("draft", "prediction", "max_draft", 5))));
        assertThat(named.at("/decoding/draft").asText()).isEqualTo("prediction");
        assertThat(named.at("/decoding/reason").asText()).isEqualTo("request");
        assertThat(((Speculative) scheduler.last().strategy()).maxDraft()).isEqualTo(5);

        JsonNode auto = answer(ask("say:abcd", "prediction", content("abcd"), "decoding", Map.of("strategy", "auto", "trace", true)));
        assertThat(auto.at("/decoding/reason").asText()).isEqualTo("prediction");
    }

    @Test
    void anotherStrategyBesideItIsRefusedWithTheReason() {
        refused(Map.of("strategy", "standard"), "drafts nothing");
        refused(Map.of("strategy", "skip_decode"), "drafts nothing");
        refused(Map.of("strategy", "speculative", "speculative", Map.of("draft", "prompt_lookup")), "any draft but 'prediction'");
    }

    @Test
    void traceNamesTheSourceOfEveryTokenAndItsSumsAreUsages() throws Exception {
        Map<String, Object> body = ask("say:abcd", "n", 2, "prediction", content("abcd"), "decoding", Map.of("trace", true));
        JsonNode plain = answer(body);
        body.put("stream", true);
        JsonNode last = chunks(post(body).asString()).getLast();
        body.put("stream_options", Map.of("include_usage", true));
        JsonNode lastWithUsage = chunks(post(body).asString()).getLast();

        for (JsonNode answer : new JsonNode[] {plain, last, lastWithUsage}) {
            JsonNode trace = answer.at("/decoding/trace");
            assertThat(trace.get(0).toString())
                    .isEqualTo("{\"index\":0,\"token\":97,\"source\":\"draft\",\"exit_layer\":30,\"entropy\":0.25,\"raw_entropy\":1.5}");
            assertThat(trace).extracting(token -> token.get("index").asInt()).containsExactly(0, 0, 0, 0, 0, 1, 1, 1, 1, 1);
            assertThat(trace).extracting(token -> token.get("source").asText()).startsWith("draft", "draft", "draft", "bonus", "model");
            assertThat(trace).filteredOn(token -> token.get("source").asText().equals("draft")).hasSize(answer.at("/decoding/accepted").asInt());
        }
        assertThat(plain.at("/decoding/trace")).hasSize(plain.at("/usage/completion_tokens").asInt());
    }

    @Test
    void withoutTheWishThereIsNoTrace() throws Exception {
        assertThat(answer(ask("say:abcd", "decoding", Map.of("trace", false))).get("decoding").has("trace")).isFalse();
    }

    private static Map<String, Object> content(Object content) {
        return Map.of("type", "content", "content", content);
    }

    private static void refused(Map<String, Object> decoding, String reason) {
        Response response = post(ask("say:x", "prediction", content("x"), "decoding", decoding));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.<String>path("error.param")).isEqualTo("prediction");
        assertThat(response.<String>path("error.code")).isEqualTo("invalid_value");
        assertThat(response.<String>path("error.message")).contains(reason);
    }
}
