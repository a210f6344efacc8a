package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.JSON;
import static dev.cadenza.it.RunningServer.ask;
import static dev.cadenza.it.RunningServer.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cadenza.api.Eventually;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A prompt that begins like an earlier one is answered with the same bytes, and says what it found. */
class PrefixReuseIT {
    private static final RunningServer SERVER = RunningServer.shared();
    private static final int BLOCK = 64;

    /** A prompt of some 300 tokens that no other test has. */
    private static ObjectNode chat() {
        return ask("Session " + UUID.randomUUID() + ". " + "You answer briefly about boats, ropes, harbours and tides. ".repeat(20) + "What is a knot?")
                .put("temperature", 0.8).put("seed", 3).put("max_tokens", 12);
    }

    private static int cached(JsonNode answer) {
        return answer.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1);
    }

    private static int reusable(int promptTokens) {
        return (promptTokens - 1) / BLOCK * BLOCK;
    }

    @Test
    void warmAnswersHaveTheColdOnesBytesAndUsageTellsTheReusedTokens() throws Exception {
        ObjectNode question = chat();
        double reusedBefore = SERVER.metric("cadenza_prefix_tokens_reused_total");

        JsonNode cold = SERVER.chat(question);
        JsonNode warm = SERVER.chat(question);

        int promptTokens = cold.at("/usage/prompt_tokens").asInt();
        assertThat(promptTokens).isGreaterThan(2 * BLOCK);
        assertThat(cached(cold)).isZero();
        assertThat(cached(warm)).isEqualTo(reusable(promptTokens));
        assertThat(text(warm)).isEqualTo(text(cold)).isNotEmpty();
        assertThat(SERVER.metric("cadenza_prefix_tokens_reused_total") - reusedBefore).isEqualTo(reusable(promptTokens));
        Eventually.within(2_000, "sequences hold nothing", SERVER::idle);
        assertThat(SERVER.metric("cadenza_kv_bytes_cached")).isPositive();
    }

    @Test
    void nextTurnReusesTheEarlierOneAndAStreamTellsSoInItsLastChunk() throws Exception {
        ObjectNode first = chat();
        JsonNode answer = SERVER.chat(first);
        ObjectNode next = first.deepCopy().put("stream", true);
        next.putObject("stream_options").put("include_usage", true);
        next.withArray("messages").addObject().put("role", "assistant").put("content", text(answer));
        next.withArray("messages").addObject().put("role", "user").put("content", "And a sail?");

        String stream = SERVER.client().send(SERVER.chatRequest(next), BodyHandlers.ofString()).body();

        String last = stream.lines().filter(line -> line.startsWith("data: {")).reduce((_, line) -> line).orElseThrow();
        assertThat(cached(JSON.readTree(last.substring("data: ".length())))).isGreaterThanOrEqualTo(reusable(answer.at("/usage/prompt_tokens").asInt()));
    }
}
