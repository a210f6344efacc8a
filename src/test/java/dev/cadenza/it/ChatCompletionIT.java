package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static dev.cadenza.it.RunningServer.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The promises, over HTTP with the real model in the default mode. */
class ChatCompletionIT {
    private static final RunningServer SERVER = RunningServer.shared();
    private static final String TEXT = "The harbour master counts the boats at dawn. Blue boats carry salt, red boats carry rope, and the grey boat "
            + "carries letters. At noon the bell rings twice. At night nobody counts.";

    static Stream<Map.Entry<String, JsonNode>> referenceCases() throws Exception {
        try (var json = ChatCompletionIT.class.getResourceAsStream("/it/smollm2-135m-instruct.cases.json")) {
            return RunningServer.JSON.readTree(json).get("cases").properties().stream();
        }
    }

    private static ObjectNode sampled(String question, int seed, int maxTokens) {
        return ask(question).put("temperature", 0.8).put("top_p", 0.95).put("seed", seed).put("max_tokens", maxTokens);
    }

    private static ObjectNode standard(ObjectNode body) {
        body.putObject("decoding").put("strategy", "standard");
        return body;
    }

    private static ObjectNode promptLookup(ObjectNode body) {
        body.putObject("decoding").put("strategy", "speculative").putObject("speculative").put("draft", "prompt_lookup");
        return body;
    }

    private static CompletableFuture<JsonNode> later(ObjectNode body) {
        return SERVER.client().sendAsync(SERVER.chatRequest(body), BodyHandlers.ofString()).thenApply(response -> {
            try {
                assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                return RunningServer.JSON.readTree(response.body());
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Data of the events of a streamed answer, [DONE] included. */
    private static List<String> events(ObjectNode body) throws Exception {
        HttpResponse<Stream<String>> response = SERVER.client().send(SERVER.chatRequest(body.put("stream", true)), BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        try (var lines = response.body()) {
            return lines.filter(line -> line.startsWith("data: ")).map(line -> line.substring(6)).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("referenceCases")
    void greedyAnswersStartAsTheReference(Map.Entry<String, JsonNode> entry) {
        JsonNode reference = entry.getValue();
        ObjectNode body = ask("").put("temperature", 0).put("max_tokens", reference.get("greedy_ids").size());
        body.set("messages", reference.get("messages"));

        JsonNode answer = SERVER.chat(body);

        assertThat(text(answer)).startsWith(reference.get("safe_text").asText().stripTrailing());
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(reference.get("prompt_ids").size());
    }

    @Test
    void aStreamsTextIsThePlainAnswers() throws Exception {
        JsonNode plain = SERVER.chat(sampled("Tell me about rivers. 你好!", 11, 60));

        List<String> events = events(sampled("Tell me about rivers. 你好!", 11, 60));

        var streamed = new StringBuilder();
        for (String event : events.subList(0, events.size() - 1)) {
            streamed.append(RunningServer.JSON.readTree(event).at("/choices/0/delta/content").asText(""));
        }
        assertThat(events.getLast()).isEqualTo("[DONE]");
        assertThat(streamed.toString()).isEqualTo(text(plain));
    }

    @Test
    void aSeededAnswerHasTheSameBytesAloneAndBesideSevenOthers() {
        ObjectNode body = sampled("Tell me a story about a lighthouse keeper.", 1000, 100);
        String alone = text(SERVER.chat(body));
        var noise = new ArrayList<CompletableFuture<JsonNode>>();
        for (int i = 0; i < 7; i++) {
            noise.add(later(sampled(("Write about the number " + i + ". ").repeat(1 + 9 * i), i, 30 + 15 * i)));
        }

        String beside = text(later(body).join());

        assertThat(beside).isEqualTo(alone);
        assertThat(noise.stream().map(CompletableFuture::join).map(RunningServer::text).distinct().count()).isGreaterThan(4);
    }

    @Test
    void promptLookupGivesStandardsBytesInFewerStepsGreedyAndSampled() {
        String question = "Repeat the following text exactly, word for word, three times:\n\n" + TEXT + "\n\n" + TEXT;
        for (double temperature : new double[] {0, 0.7}) {
            ObjectNode body = sampled(question, 5, 120).put("temperature", temperature);
            JsonNode standard = SERVER.chat(standard(body.deepCopy()));

            JsonNode speculative = SERVER.chat(promptLookup(body.deepCopy()));

            assertThat(text(speculative)).as("temperature %s", temperature).isEqualTo(text(standard));
            assertThat(usageWithoutReuse(speculative)).isEqualTo(usageWithoutReuse(standard));
            assertThat(speculative.at("/decoding/strategy").asText()).isEqualTo("speculative");
            if (temperature == 0) {
                assertThat(speculative.at("/decoding/steps").asDouble() / speculative.at("/usage/completion_tokens").asDouble()).isLessThanOrEqualTo(0.5);
                assertThat(speculative.at("/decoding/accepted").asInt()).isPositive();
            }
        }
    }

    /** The second of two equal prompts finds the first one's blocks. */
    private static JsonNode usageWithoutReuse(JsonNode answer) {
        ObjectNode usage = answer.at("/usage").deepCopy();
        usage.remove("prompt_tokens_details");
        return usage;
    }

    @Test
    void twoStrategiesShareOneBatchAndChangeNothing() {
        List<ObjectNode> bodies = IntStream.range(0, 6).mapToObj(i -> sampled("Repeat this text: " + TEXT + " Number " + i, i, 60)).toList();
        List<String> alone = bodies.stream().map(SERVER::chat).map(RunningServer::text).toList();

        List<CompletableFuture<JsonNode>> mixed = IntStream.range(0, 6)
                .mapToObj(i -> later(i % 2 == 0 ? standard(bodies.get(i).deepCopy()) : promptLookup(bodies.get(i).deepCopy()))).toList();

        assertThat(mixed.stream().map(CompletableFuture::join).map(RunningServer::text)).isEqualTo(alone);
    }

    @Test
    void stopStringsEndTheTextAcrossTokenBordersWithEitherStrategy() {
        ObjectNode body = ask("Repeat this text exactly: " + TEXT).put("temperature", 0).put("max_tokens", 80);
        String full = text(SERVER.chat(body.deepCopy()));
        String stop = full.substring(full.length() / 2, full.length() / 2 + 7);
        body.put("stop", stop);

        JsonNode standard = SERVER.chat(standard(body.deepCopy()));
        JsonNode speculative = SERVER.chat(promptLookup(body.deepCopy()));

        assertThat(text(standard)).isEqualTo(full.substring(0, full.indexOf(stop)));
        assertThat(standard.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(standard.at("/choices/0/stop_reason").asText()).isEqualTo(stop);
        assertThat(speculative.at("/choices")).isEqualTo(standard.at("/choices"));
        assertThat(usageWithoutReuse(speculative)).isEqualTo(usageWithoutReuse(standard));
    }

    @Test
    void penaltiesAndBiasGiveTheSameBytesWithEitherStrategy() {
        ObjectNode body = sampled("Repeat this text exactly: " + TEXT, 3, 70).put("frequency_penalty", 0.4).put("presence_penalty", 0.2)
                .put("repetition_penalty", 1.05);
        body.putObject("logit_bias").put("260", -100).put("339", 2);

        JsonNode standard = SERVER.chat(standard(body.deepCopy()));
        JsonNode speculative = SERVER.chat(promptLookup(body.deepCopy()));

        assertThat(speculative.at("/choices")).isEqualTo(standard.at("/choices"));
    }

    @Test
    void logprobsBelongToTheTextAndRankTheGreedyTokenFirst() {
        JsonNode answer = SERVER.chat(ask("What is the capital of France?").put("temperature", 0).put("logprobs", true).put("top_logprobs", 3));

        JsonNode content = answer.at("/choices/0/logprobs/content");
        var joined = new StringBuilder();
        for (JsonNode token : content) {
            joined.append(token.get("token").asText());
            assertThat(token.get("top_logprobs")).hasSize(3);
            assertThat(token.at("/top_logprobs/0/token")).isEqualTo(token.get("token"));
            assertThat(token.get("logprob").asDouble()).isNegative().isEqualTo(token.at("/top_logprobs/0/logprob").asDouble());
        }
        assertThat(joined.toString()).isEqualTo(text(answer));
    }

    @Test
    void severalChoicesDifferAndAreRepeatable() {
        ObjectNode body = sampled("Invent a name for a cat.", 8, 20).put("n", 3);

        JsonNode first = SERVER.chat(body);

        assertThat(first.at("/choices")).hasSize(3).isEqualTo(SERVER.chat(body).at("/choices"));
        assertThat(first.at("/choices").findValuesAsText("content").stream().distinct().count()).isGreaterThan(1);
    }

    @Test
    void specialTokensInContentStayText() {
        int plain = SERVER.chat(ask("ab").put("max_tokens", 1)).at("/usage/prompt_tokens").asInt();

        int withMarker = SERVER.chat(ask("a<|im_end|>b").put("max_tokens", 1)).at("/usage/prompt_tokens").asInt();

        assertThat(withMarker - plain).isGreaterThanOrEqualTo(4);
    }
}
