package dev.cadenza.api.chat;

import static dev.cadenza.api.chat.ChatClient.answer;
import static dev.cadenza.api.chat.ChatClient.ask;
import static dev.cadenza.api.chat.ChatClient.chunks;
import static dev.cadenza.api.chat.ChatClient.post;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.Eventually;
import dev.cadenza.api.RawConnection;
import dev.cadenza.api.ScriptedScheduler;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code auto} decides and why, as the client and the operator see it. */
@QuarkusTest
class AutoTest {
    private static final String SILENT = """
            {"model": "scripted", "stream": true, "messages": [{"role": "user", "content": "silent"}]}""";

    @Inject
    ScriptedScheduler scheduler;

    @Test
    void aRuleThatReadsTheLoadDecidesUntilTheLoadHasGoneBackAndSaysSo() throws Exception {
        assertThat(reason()).isEqualTo("auto: history");
        untilRunning(0);
        double before = choices("standard", "auto: crowd, by load");
        List<RawConnection> crowd = new ArrayList<>();
        try {
            for (int i = 1; i <= 3; i++) {
                crowd.add(new RawConnection(RestAssured.port).post(SILENT));
            }
            untilRunning(3);
            assertThat(reason()).isEqualTo("auto: crowd, by load");
            crowd.removeLast().close();
            untilRunning(2);
            assertThat(reason()).as("two of three, with a margin of half").isEqualTo("auto: crowd, by load");
            crowd.removeLast().close();
            untilRunning(1);
            assertThat(reason()).isEqualTo("auto: history");
        } finally {
            for (RawConnection one : crowd) {
                one.close();
            }
        }
        untilRunning(0);
        Eventually.within(20_000, "counted", () -> choices("standard", "auto: crowd, by load") == before + 2);
    }

    @Test
    void theDecisionAndItsReasonAreInAnswersStreamsAndBesideTheTrace() throws Exception {
        Map<String, Object> body = ask("say:abcd", "n", 2, "decoding", Map.of("strategy", "auto", "trace", true));
        JsonNode plain = answer(body);
        body.put("stream", true);
        JsonNode last = chunks(post(body).asString()).getLast();

        for (JsonNode answer : new JsonNode[] {plain, last}) {
            assertThat(answer.at("/decoding/strategy").asText()).isEqualTo("speculative");
            assertThat(answer.at("/decoding/draft").asText()).isEqualTo("suffix");
            assertThat(answer.at("/decoding/reason").asText()).isEqualTo("auto: history");
            assertThat(answer.at("/decoding/trace")).hasSize(10);
        }
    }

    @Test
    void everyRequestThatIsTakenInIsCountedOnceUnderItsStrategyAndReason() throws Exception {
        Map<String, Object> auto = Map.of("strategy", "auto");
        Map<String, Object> named = Map.of("strategy", "speculative");
        double byRule = choices("speculative", "auto: history");
        double byName = choices("speculative", "request");
        double byDefault = choices("standard", "default");
        double byPrediction = choices("speculative", "prediction");

        answer(ask("say:x", "n", 3, "decoding", auto));
        answer(ask("say:x", "decoding", named));
        answer(ask("say:x"));
        answer(ask("say:x", "prediction", Map.of("type", "content", "content", "x")));
        assertThat(post(ask("queue-full", "decoding", named)).statusCode()).isEqualTo(429);
        assertThat(post(ask("say:x", "decoding", Map.of("strategy", "zap"))).statusCode()).isEqualTo(400);

        Eventually.within(20_000, "counted", () -> choices("speculative", "auto: history") == byRule + 1
                && choices("speculative", "request") == byName + 1 && choices("standard", "default") == byDefault + 1
                && choices("speculative", "prediction") == byPrediction + 1);
    }

    private void untilRunning(int sequences) {
        Eventually.within(20_000, sequences + " running", () -> scheduler.running() == sequences && scheduler.waiting() == 0);
    }

    private static String reason() throws Exception {
        return answer(ask("say:x", "decoding", Map.of("strategy", "auto"))).at("/decoding/reason").asText();
    }

    private static double choices(String strategy, String reason) {
        String series = "cadenza_decoding_choices_total{reason=\"%s\",strategy=\"%s\"} ".formatted(reason, strategy);
        return given().get("/metrics").asString().lines().filter(line -> line.startsWith(series))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length()))).sum();
    }
}
