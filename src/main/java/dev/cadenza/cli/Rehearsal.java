package dev.cadenza.cli;

import dev.cadenza.api.CadenzaConfig;
import dev.cadenza.api.ModelReady;
import io.quarkus.runtime.Quarkus;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * The start that the launcher makes once per build while the JVM records which classes and methods a start needs: ready, one answer of each
 * kind, end. Its exit code tells the launcher that the record is worth keeping.
 */
@Singleton
final class Rehearsal {
    static final String PROPERTY = "cadenza.rehearsal";
    static final int REHEARSED = 75;
    private static final Logger LOG = Logger.getLogger(Rehearsal.class);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);

    private final CadenzaConfig config;

    Rehearsal(CadenzaConfig config) {
        this.config = config;
    }

    void play(@Observes ModelReady ready) throws InterruptedException {
        if (!config.rehearsal()) {
            return;
        }
        try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (boolean stream : new boolean[] {false, true}) {
                String body = """
                        {"model": "%s", "max_tokens": 8, "stream": %b, "messages": [{"role": "user", "content": "Say hello."}]}"""
                        .formatted(ready.model().id(), stream);
                // Quarkus puts the port that it got into this property.
                var uri = URI.create("http://127.0.0.1:%s/v1/chat/completions".formatted(System.getProperty("quarkus.http.port")));
                client.send(HttpRequest.newBuilder(uri).timeout(ANSWER_LIMIT).header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.discarding());
            }
        } catch (IOException e) {
            LOG.warn("rehearsal_without_answers: the record of the start is kept", e);
        }
        Quarkus.asyncExit(REHEARSED);
    }
}
