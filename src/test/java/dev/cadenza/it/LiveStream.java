package dev.cadenza.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A streamed answer that is read while it comes, on a thread of its own. */
final class LiveStream {
    private static final int LIMIT_SECONDS = 60;
    private static final String DONE = "[DONE]";

    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final CompletableFuture<List<String>> data = new CompletableFuture<>();

    private LiveStream() {
    }

    /** Sends the request, to which it adds {@code stream}. */
    static LiveStream of(RunningServer server, ObjectNode body) {
        var stream = new LiveStream();
        Thread.ofVirtual().start(() -> {
            try {
                stream.read(server.client().send(server.chatRequest(body.put("stream", true)), BodyHandlers.ofLines()).body().iterator());
            } catch (IOException | InterruptedException | RuntimeException e) {
                stream.begun.completeExceptionally(e);
                stream.data.completeExceptionally(e);
            }
        });
        return stream;
    }

    private void read(Iterator<String> lines) {
        List<String> all = new ArrayList<>();
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith("data: ")) {
                all.add(line.substring("data: ".length()));
                // The first event has the role, the second text.
                if (all.size() == 2) {
                    begun.complete(null);
                }
            }
        }
        begun.complete(null);
        data.complete(all);
    }

    /** Returns when the first text has come. */
    LiveStream awaitText() throws Exception {
        begun.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return this;
    }

    boolean ended() {
        return data.isDone();
    }

    /** The data of all events, when the stream has ended. @throws Exception it broke off */
    List<String> data() throws Exception {
        return data.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** The whole answer, when it is there, and how it ended: its finish reason if {@code [DONE]} follows. */
    Whole whole() throws Exception {
        List<String> events = data();
        var text = new StringBuilder();
        String reason = null;
        for (String event : events) {
            if (!event.equals(DONE)) {
                JsonNode choice = json(event).at("/choices/0");
                text.append(choice.at("/delta/content").asText());
                reason = choice.path("finish_reason").isTextual() ? choice.get("finish_reason").asText() : reason;
            }
        }
        return new Whole(text.toString(), events.getLast().equals(DONE) ? reason : null);
    }

    /** @param finish {@code null}: it did not end as answers do */
    record Whole(String text, String finish) {
    }

    static JsonNode json(String event) {
        try {
            return RunningServer.JSON.readTree(event);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
