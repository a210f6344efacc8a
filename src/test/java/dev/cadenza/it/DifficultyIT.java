package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static dev.cadenza.it.RunningServer.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Routing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Questions asked by their difficulty, over HTTP with the real model and its probe. */
class DifficultyIT {
    private static final RunningServer SERVER = RunningServer.shared();
    private static final List<String> QUESTIONS = List.of("Which city is the capital of France?", "What is 57 plus 68?", "Add 3 and 4.",
            "Repeat exactly these four words: river stone winter garden", "Write a story about " + "the sea and ".repeat(40) + "a boat.");

    private static ObjectNode request(String question) {
        return ask(question).put("seed", 3).put("max_tokens", 30);
    }

    private static JsonNode routed(ObjectNode body, String chosen) {
        body.putObject("decoding").put("strategy", "diff_adapt").putObject("diff_adapt").put("class", chosen);
        return SERVER.chat(body);
    }

    /** What a client would ask who had chosen the class itself. */
    private static JsonNode direct(String question, String route, JsonNode decoding) {
        String asked = question + Routing.SETTINGS.get(Difficulty.ofWire(route).ordinal()).text();
        ObjectNode body = request(asked).put("temperature", decoding.get("route_temperature").asDouble())
                .put("max_tokens", decoding.get("route_max_tokens").asInt());
        body.putObject("decoding").put("strategy", "standard");
        return SERVER.chat(body);
    }

    /** All questions at once, which changes no answer. */
    @Test
    void routedAnswerIsTheOneToTheDirectRequest() throws Exception {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> checks = new ArrayList<>();
            for (String question : QUESTIONS) {
                for (String chosen : List.of("auto", "easy", "normal", "hard")) {
                    checks.add(clients.submit(() -> assertRoutedIsDirect(question, chosen)));
                }
            }
            for (Future<?> check : checks) {
                check.get();
            }
        }
    }

    private static void assertRoutedIsDirect(String question, String chosen) {
        JsonNode answer = routed(request(question), chosen);

        JsonNode decoding = answer.get("decoding");
        String route = decoding.get("route").asText();
        assertThat(route).isIn(chosen.equals("auto") ? Difficulty.wireNames() : List.of(chosen));
        JsonNode direct = direct(question, route, decoding);
        assertThat(text(answer)).as("%s by %s", question, chosen).isEqualTo(text(direct));
        assertThat(answer.at("/usage/prompt_tokens")).isEqualTo(direct.at("/usage/prompt_tokens"));
        assertThat(answer.at("/usage/completion_tokens")).isEqualTo(direct.at("/usage/completion_tokens"));
    }

    @Test
    void theProbeTellsQuestionsApartAndSaysHowSureItIs() {
        Set<String> routes = new HashSet<>();
        for (String question : QUESTIONS) {
            JsonNode decoding = routed(request(question), "auto").get("decoding");
            routes.add(decoding.get("route").asText());
            JsonNode probabilities = decoding.get("route_probabilities");
            assertThat(probabilities.get("easy").asDouble() + probabilities.get("normal").asDouble() + probabilities.get("hard").asDouble())
                    .isBetween(0.999, 1.001);
            assertThat(decoding.has("warning")).isFalse();
        }
        assertThat(routes).hasSizeGreaterThan(1);
    }

    @Test
    void temperatureOfTheRequestWins() {
        JsonNode decoding = routed(request(QUESTIONS.getFirst()).put("temperature", 0), "easy").get("decoding");

        assertThat(decoding.get("route_temperature").asDouble()).isZero();
        assertThat(decoding.get("route_max_tokens").asInt()).isEqualTo(12);
    }

    @Test
    void reasoningEffortIsTheClass() throws Exception {
        double before = SERVER.metric("cadenza_decoding_routes_total{route=\"easy\"}");

        JsonNode decoding = SERVER.chat(request(QUESTIONS.getFirst()).put("reasoning_effort", "low")).get("decoding");

        assertThat(decoding.get("strategy").asText()).isEqualTo("diff_adapt");
        assertThat(decoding.get("reason").asText()).isEqualTo("reasoning_effort");
        assertThat(decoding.get("route").asText()).isEqualTo("easy");
        assertThat(SERVER.metric("cadenza_decoding_routes_total{route=\"easy\"}") - before).isEqualTo(1);
        assertThat(SERVER.chat(request(QUESTIONS.getFirst()).put("reasoning_effort", "none")).at("/decoding/strategy").asText()).isNotEqualTo("diff_adapt");
    }
}
