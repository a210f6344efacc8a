package dev.cadenza.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client saw of a streamed chat completion.
 *
 * @param sent         when the request went out, nanoseconds of {@link System#nanoTime()}
 * @param texts        when pieces of text arrived, 1 or more
 * @param tokens       as the server's usage says, else the pieces
 * @param promptTokens as the server's usage says, else 0
 */
record StreamedAnswer(long sent, List<Long> texts, int tokens, int promptTokens) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String DATA = "data:";

    StreamedAnswer {
        texts = List.copyOf(texts);
    }

    /**
     * Reads the events of a stream.
     *
     * @throws IOException it holds an error, is no stream of chunks, breaks off or has no text
     */
    static StreamedAnswer read(long sent, List<Arrival> arrivals) throws IOException {
        List<Long> texts = new ArrayList<>();
        int tokens = 0;
        int promptTokens = 0;
        boolean done = false;
        for (Arrival arrival : arrivals) {
            String line = arrival.line();
            if (!line.startsWith(DATA)) {
                continue;
            }
            String event = line.substring(DATA.length()).strip();
            done |= event.equals("[DONE]");
            if (done) {
                break;
            }
            JsonNode chunk = parse(event);
            if (chunk.has("error")) {
                throw new IOException("the server broke off: " + chunk.get("error"));
            }
            JsonNode delta = chunk.path("choices").path(0).path("delta");
            if (!delta.path("content").asText("").isEmpty() || !delta.path("reasoning_content").asText("").isEmpty()) {
                texts.add(arrival.nanos());
            }
            tokens = chunk.path("usage").path("completion_tokens").asInt(tokens);
            promptTokens = chunk.path("usage").path("prompt_tokens").asInt(promptTokens);
        }
        if (!done || texts.isEmpty()) {
            throw new IOException(done ? "an answer without text" : "the stream ended without [DONE]");
        }
        return new StreamedAnswer(sent, texts, tokens == 0 ? texts.size() : tokens, promptTokens);
    }

    private static JsonNode parse(String event) throws IOException {
        try {
            return JSON.readTree(event);
        } catch (JsonProcessingException e) {
            throw new IOException("not a chunk: " + event.substring(0, Math.min(200, event.length())), e);
        }
    }

    double firstTextMs() {
        return (texts.getFirst() - sent) / 1e6;
    }

    /** Times between two pieces of text, ms. */
    List<Double> gapsMs() {
        List<Double> gaps = new ArrayList<>(texts.size());
        for (int i = 1; i < texts.size(); i++) {
            gaps.add((texts.get(i) - texts.get(i - 1)) / 1e6);
        }
        return gaps;
    }
}
