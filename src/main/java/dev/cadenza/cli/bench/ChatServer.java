package dev.cadenza.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A running server and the model that it names first. Any thread.
 *
 * @param timeout of one answer, first byte to last
 */
record ChatServer(HttpClient http, Endpoint endpoint, String model, Duration timeout) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int QUOTED = 500;
    private static final int TOO_MANY = 429;
    private static final int UNAVAILABLE = 503;

    /** @throws IOException it cannot be reached or names no model */
    static ChatServer connect(HttpClient http, Endpoint endpoint, Duration timeout) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(endpoint.at("/models")).timeout(timeout).build();
        HttpResponse<String> response;
        try {
            response = http.send(request, BodyHandlers.ofString());
        } catch (IOException unreachable) {
            throw new IOException("no server answers at %s: %s".formatted(endpoint.base(), unreachable), unreachable);
        }
        JsonNode id = JSON.readTree(response.body()).path("data").path(0).path("id");
        if (response.statusCode() != 200 || !id.isTextual()) {
            throw new IOException("%s names no model: status %d".formatted(request.uri(), response.statusCode()));
        }
        return new ChatServer(http, endpoint, id.textValue(), timeout);
    }

    /** Sends a request now; the answer fails with an {@link IOException} when the server refuses it or breaks off, or time runs out. */
    CompletableFuture<StreamedAnswer> ask(String question, int tokens) {
        return ask(question, tokens, Map.of());
    }

    /** @param fields more of the request's fields; its temperature is 0 where they do not say */
    CompletableFuture<StreamedAnswer> ask(String question, int tokens, Map<String, Object> fields) {
        ObjectNode body = JSON.createObjectNode().put("model", model).put("temperature", 0).put("max_tokens", tokens).put("stream", true);
        fields.forEach(body::putPOJO);
        body.putObject("stream_options").put("include_usage", true);
        body.putArray("messages").addObject().put("role", "user").put("content", question);
        var request = HttpRequest.newBuilder(endpoint.at("/chat/completions")).header("Content-Type", "application/json").timeout(timeout)
                .POST(BodyPublishers.ofString(body.toString())).build();
        long sent = System.nanoTime();
        return http.sendAsync(request, _ -> new ArrivalRecorder()).orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .thenCompose(response -> answer(sent, response));
    }

    private CompletableFuture<StreamedAnswer> answer(long sent, HttpResponse<List<Arrival>> response) {
        try {
            if (response.statusCode() != 200) {
                String body = String.join(" ", response.body().stream().map(Arrival::line).toList());
                String message = "%s refused: status %d %s".formatted(endpoint.base(), response.statusCode(),
                        body.substring(0, Math.min(QUOTED, body.length())));
                if (response.statusCode() == TOO_MANY || response.statusCode() == UNAVAILABLE) {
                    throw new Refused(message, response.headers().firstValue("Retry-After").filter(value -> value.matches("[0-9]{1,6}"))
                            .map(value -> Duration.ofSeconds(Long.parseLong(value))));
                }
                throw new IOException(message);
            }
            return CompletableFuture.completedFuture(StreamedAnswer.read(sent, response.body()));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
