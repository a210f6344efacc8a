package dev.cadenza.api.chat;

import static dev.cadenza.api.chat.ChatClient.ask;
import static dev.cadenza.api.chat.ChatClient.chunks;
import static dev.cadenza.api.chat.ChatClient.data;
import static dev.cadenza.api.chat.ChatClient.post;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ChatStreamTest {

    @Test
    void streamIsByteForByteWhatClientsRelyOn() {
        Response response = post(ask("say:é!", "stream", true, "seed", 7));

        assertThat(response.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(response.header("cache-control")).isEqualTo("no-cache");
        assertThat(response.header("x-accel-buffering")).isEqualTo("no");
        assertThat(response.header("content-encoding")).isNull();
        assertThat(masked(response.asString())).isEqualTo("""
                data: {H,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

                data: {H,"choices":[{"index":0,"delta":{"content":"é"},"logprobs":null,"finish_reason":null}]}

                data: {H,"choices":[{"index":0,"delta":{"content":"!"},"logprobs":null,"finish_reason":null}]}

                data: {H,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","stop_reason":null}],\
                "decoding":{"strategy":"standard","reason":"default","steps":2,"tokens_per_step":1.5,"seed":7}}

                data: [DONE]

                """);
    }

    @Test
    void usageComesInAChunkOfItsOwn() {
        String stream = post(ask("say:a", "stream", true, "seed", 7, "stream_options", Map.of("include_usage", true))).asString();

        assertThat(masked(stream)).isEqualTo("""
                data: {H,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}

                data: {H,"choices":[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}],"usage":null}

                data: {H,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","stop_reason":null}],"usage":null}

                data: {H,"choices":[],"usage":{"prompt_tokens":6,"completion_tokens":2,"total_tokens":8,"prompt_tokens_details":\
                {"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\
                "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"decoding":{"strategy":"standard","reason":"default","steps":0,"seed":7}}

                data: [DONE]

                """);
    }

    @Test
    void choicesBeginInIndexOrderAndKeepTheirIndex() throws Exception {
        List<JsonNode> chunks = chunks(post(ask("say:ab", "stream", true, "n", 3)).asString());

        var roles = new ArrayList<Integer>();
        var texts = new HashMap<Integer, String>();
        var ends = new ArrayList<Integer>();
        for (JsonNode chunk : chunks) {
            JsonNode choice = chunk.at("/choices/0");
            int index = choice.get("index").asInt();
            if (choice.at("/delta/role").isTextual()) {
                roles.add(index);
            } else if (choice.get("finish_reason").isNull()) {
                texts.merge(index, choice.at("/delta/content").asText(), String::concat);
            } else {
                ends.add(index);
            }
        }
        assertThat(roles).containsExactly(0, 1, 2);
        assertThat(texts).isEqualTo(Map.of(0, "ab", 1, "ab", 2, "ab"));
        assertThat(ends).containsExactly(0, 1, 2);
        assertThat(chunks.stream().filter(chunk -> chunk.has("decoding")).count()).isEqualTo(1);
        assertThat(chunks.getLast().has("decoding")).isTrue();
    }

    @Test
    void logprobsOfHalfCharactersWaitForTheirText() throws Exception {
        List<JsonNode> chunks = chunks(post(ask("split:aé", "stream", true, "logprobs", true)).asString());

        assertThat(chunks).extracting(chunk -> chunk.at("/choices/0/delta").toString()).containsExactly("{\"role\":\"assistant\",\"content\":\"\"}",
                "{\"content\":\"a\"}", "{\"content\":\"é\"}", "{}");
        assertThat(chunks.get(1).at("/choices/0/logprobs/content")).hasSize(1);
        assertThat(chunks.get(2).at("/choices/0/logprobs/content")).hasSize(2);
    }

    @Test
    void faultAfterTheStatusEndsWithoutDone() throws Exception {
        String stream = post(ask("fail-after:ab", "stream", true)).asString();

        List<String> data = data(stream);
        assertThat(ChatClient.JSON.readTree(data.getLast()).at("/error/type").asText()).isEqualTo("server_error");
        assertThat(stream).doesNotContain("[DONE]").doesNotContain("secret").endsWith("\n\n");
    }

    @Test
    void aStreamThatAShutdownCutsSaysSoAndEndsWithoutDone() throws Exception {
        String stream = post(ask("cut-after:ab", "stream", true)).asString();

        JsonNode error = ChatClient.JSON.readTree(data(stream).getLast()).get("error");
        assertThat(error.get("type").asText()).isEqualTo("service_unavailable_error");
        assertThat(error.get("code").asText()).isEqualTo("server_is_overloaded");
        assertThat(error.get("message").asText()).contains("shut down before the answer was complete");
        assertThat(stream).doesNotContain("[DONE]").doesNotContain("secret").endsWith("\n\n");
    }

    private static String masked(String stream) {
        return stream.replaceAll("\"id\":\"chatcmpl-[0-9a-f]{32}\",\"object\":\"chat.completion.chunk\",\"created\":\\d+,\"model\":\"scripted\","
                + "\"system_fingerprint\":\"fp_scripted\"", "H");
    }
}
