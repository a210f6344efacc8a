package dev.cadenza.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Answers as Cadenza does, with words that depend on nothing, at a pace that is known; or misbehaves as told. */
final class SmallChatServer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    /** What the server does with a request for an answer. */
    enum Manner {
        WHOLE, BREAKS_OFF, REFUSES, REFUSES_WITHOUT_SAYING_WHEN, HOLDS_MEMORY
    }

    private final Manner manner;
    private final long tokenMs;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<JsonNode> asked = new CopyOnWriteArrayList<>();

    /** @param tokenMs time before each token, 0 or more */
    SmallChatServer(Manner manner, long tokenMs) throws IOException {
        this.manner = manner;
        this.tokenMs = tokenMs;
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(threads);
        server.createContext("/v1/models", exchange -> send(exchange, 200, "{\"data\":[{\"id\":\"smollm2-135m-instruct\"}]}"));
        server.createContext("/metrics", exchange -> send(exchange, 200, "cadenza_sequences_running 0.0\ncadenza_sequences_waiting 0.0\n"
                + "cadenza_kv_bytes_used " + (manner == Manner.HOLDS_MEMORY ? "46080.0" : "0.0") + "\n"));
        server.createContext("/v1/chat/completions", this::chat);
        server.start();
    }

    String baseUrl() {
        return "http://127.0.0.1:%d/v1".formatted(server.getAddress().getPort());
    }

    /** The requests for answers that arrived. */
    List<JsonNode> asked() {
        return asked;
    }

    private void chat(HttpExchange exchange) throws IOException {
        JsonNode request = JSON.readTree(exchange.getRequestBody());
        asked.add(request);
        if (request.path("temperature").asDouble() > 2) {
            send(exchange, 400, "{\"error\":{\"message\":\"too warm\",\"param\":\"temperature\"}}");
        } else if (manner == Manner.REFUSES || manner == Manner.REFUSES_WITHOUT_SAYING_WHEN) {
            if (manner == Manner.REFUSES) {
                exchange.getResponseHeaders().set("retry-after", "1");
            }
            send(exchange, 429, "{\"error\":{\"message\":\"later\",\"code\":\"slow_down\"}}");
        } else if (request.path("stream").asBoolean()) {
            stream(exchange, request);
        } else {
            ObjectNode answer = JSON.createObjectNode();
            answer.putArray("choices").addObject().putObject("message").put("content", "word ".repeat(request.path("max_tokens").asInt()));
            send(exchange, 200, answer.toString());
        }
    }

    private void stream(HttpExchange exchange, JsonNode request) throws IOException {
        int tokens = request.path("max_tokens").asInt();
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream events = exchange.getResponseBody()) {
            event(events, chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
            for (int i = 0; i < tokens; i++) {
                TimeUnit.MILLISECONDS.sleep(tokenMs);
                event(events, chunk("{\"content\":\"word \"}", "null"));
                if (manner == Manner.BREAKS_OFF) {
                    event(events, "{\"error\":{\"message\":\"broken\"}}");
                    return;
                }
            }
            String strategy = request.path("decoding").path("strategy").asText("standard");
            event(events, chunk("{}", "\"length\""));
            event(events, "{\"choices\":[],\"usage\":{\"completion_tokens\":%d},\"decoding\":{\"strategy\":\"%s\"}}".formatted(tokens, strategy));
            event(events, "[DONE]");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String chunk(String delta, String finish) {
        return "{\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}".formatted(delta, finish);
    }

    private static void event(OutputStream events, String data) throws IOException {
        events.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        events.flush();
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
