package dev.cadenza.api.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.api.Eventually;
import dev.cadenza.api.InFlight;
import dev.cadenza.api.RawConnection;
import dev.cadenza.api.ScriptedScheduler;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class DisconnectTest {
    private static final int MOMENT_MS = 500;

    @Inject
    ScriptedScheduler scheduler;
    @Inject
    InFlight inFlight;

    /** What another class asked for may still be ending. */
    @BeforeEach
    void othersHaveEnded() {
        Eventually.within(20_000, "no answer of others", () -> inFlight.count() == 0 && scheduler.running() + scheduler.waiting() == 0);
    }

    @AfterEach
    void nothingIsLeft() {
        Eventually.within(MOMENT_MS, "no answer under way", () -> inFlight.count() == 0);
        Eventually.within(MOMENT_MS, "no sequence left", () -> scheduler.running() + scheduler.waiting() == 0);
    }

    @ParameterizedTest
    @CsvSource({"queued,true", "queued,false", "silent,true", "silent,false", "endless,true", "endless,false"})
    void clientThatLeavesEndsItsRequest(String script, boolean stream) throws Exception {
        int cancelled = scheduler.cancelled();
        try (var client = new RawConnection(RestAssured.port)) {
            client.post(body(script, stream));
            Eventually.within(20_000, "started", () -> scheduler.running() + scheduler.waiting() == 1);
        }

        // when the connection is closed, then
        Eventually.within(MOMENT_MS, "cancelled", () -> scheduler.cancelled() == cancelled + 1 && scheduler.running() + scheduler.waiting() == 0);
    }

    @Test
    void connectionServesOnAfterAnAnswer() throws Exception {
        int cancelled = scheduler.cancelled();
        try (var client = new RawConnection(RestAssured.port)) {
            for (int i = 0; i < 5; i++) {
                String answer = client.post(body("say:x", i % 2 == 0)).readUntil("\r\n0\r\n\r\n", 20_000);
                assertThat(answer).startsWith("HTTP/1.1 200");
            }
        }
        Eventually.within(MOMENT_MS, "ended", () -> inFlight.count() == 0);
        assertThat(scheduler.cancelled()).isEqualTo(cancelled);
    }

    @Test
    void silentStreamIsKeptAlive() throws Exception {
        try (var client = new RawConnection(RestAssured.port)) {
            assertThat(client.post(body("silent", true)).readUntil("\"role\":\"assistant\"", 3000)).startsWith("HTTP/1.1 200");
            assertThat(client.readUntil(": keep-alive\n\n\r\n", 4500)).isNotEmpty();
            assertThat(client.readUntil(": keep-alive\n\n", 4500)).isNotEmpty();
        }
    }

    @Test
    void queuedStreamIsKeptAliveToo() throws Exception {
        try (var client = new RawConnection(RestAssured.port)) {
            assertThat(client.post(body("queued", true)).readUntil(": keep-alive\n\n", 4500)).startsWith("HTTP/1.1 200").doesNotContain("data:");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100})
    void clientThatStopsReadingOrReadsTooSlowlyPausesItsSequenceAndIsDroppedInTheEnd(int bytesASecond) throws Exception {
        try (var client = new RawConnection(RestAssured.port)) {
            // given
            client.post(body("big", true)).readUntil("xxxx", 20_000);
            if (bytesASecond > 0) {
                Thread.ofVirtual().start(() -> read(client, bytesASecond / 10));
            }

            // when
            long[] seen = {-1};
            Eventually.within(20_000, "paused", () -> {
                long now = scheduler.tokens();
                boolean still = now == seen[0];
                seen[0] = now;
                LockSupport.parkNanos(50_000_000);
                return still;
            });

            // then
            assertThat(scheduler.running()).isEqualTo(1);
            assertThat(ChatClient.post(ChatClient.ask("say:others go on")).statusCode()).isEqualTo(200);
            Eventually.within(10_000, "dropped", () -> scheduler.running() == 0);
        }
    }

    /** Ten times a second. */
    private static void read(RawConnection client, int bytes) {
        try {
            while (client.readSome(bytes) >= 0) {
                LockSupport.parkNanos(100_000_000);
            }
        } catch (IOException closed) {
            // By the server, or by the test.
        }
    }

    private static String body(String script, boolean stream) {
        return "{\"model\":\"scripted\",\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}".formatted(stream, script);
    }
}
