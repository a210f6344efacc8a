package dev.cadenza.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The packaged server with the real model, started by the launcher as a user does. Closing it sends SIGTERM and waits. */
final class RunningServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static RunningServer shared;

    private final Process process;
    private final Path log;
    private final int port;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RunningServer(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /** In the default mode; one for all tests of this JVM. */
    static synchronized RunningServer shared() {
        if (shared == null) {
            shared = start(Map.of());
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** Returns when the server is ready. */
    static RunningServer start(Map<String, String> environment, String... options) {
        RunningServer server = launch(environment, options);
        try {
            server.awaitReady();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns at once. */
    static RunningServer launch(Map<String, String> environment, String... options) {
        try {
            int port = freePort();
            Path log = Path.of("target", "server-" + port + ".log");
            var command = new java.util.ArrayList<>(List.of("./cadenza", "serve", "--port", Integer.toString(port)));
            command.addAll(List.of(options));
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).redirectInput(new File("/dev/null"));
            builder.environment().putAll(environment);
            return new RunningServer(builder.start(), log, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady() throws IOException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline) {
            try {
                if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("the server ended with %d:%n%s".formatted(process.exitValue(), log()));
                }
                if (get("/health").statusCode() == 200) {
                    return;
                }
            } catch (IOException notYet) {
                // It does not listen yet.
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        close();
        throw new IllegalStateException("the server was not ready in time:\n" + log());
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    int port() {
        return port;
    }

    Process process() {
        return process;
    }

    String baseUrl() {
        return "http://127.0.0.1:%d/v1".formatted(port);
    }

    HttpClient client() {
        return client;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path))).timeout(Duration.ofSeconds(5)).build(),
                BodyHandlers.ofString());
    }

    /** Sends it a signal. @param name without SIG */
    void signal(String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
        if (code != 0) {
            throw new IllegalStateException("kill ended with " + code);
        }
    }

    /** A metric's value, all its series added. */
    double metric(String name) {
        try {
            return get("/metrics").body().lines().filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether nothing runs, waits or holds key-value memory. */
    boolean idle() {
        return metric("cadenza_sequences_running") + metric("cadenza_sequences_waiting") + metric("cadenza_kv_bytes_used") == 0;
    }

    HttpRequest chatRequest(ObjectNode body) {
        return HttpRequest.newBuilder(URI.create(baseUrl() + "/chat/completions")).timeout(Duration.ofMinutes(3))
                .header("Content-Type", "application/json").POST(BodyPublishers.ofString(body.toString())).build();
    }

    /** The parsed answer of a call that must succeed. */
    JsonNode chat(ObjectNode body) {
        try {
            HttpResponse<String> response = client.send(chatRequest(body), BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(response.statusCode() + " " + response.body());
            }
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static ObjectNode ask(String question) {
        ObjectNode body = JSON.createObjectNode().put("model", "smollm2-135m-instruct");
        body.putArray("messages").addObject().put("role", "user").put("content", question);
        return body;
    }

    static String text(JsonNode answer) {
        return answer.at("/choices/0/message/content").asText();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
