package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cadenza.api.Eventually;
import dev.cadenza.api.RawConnection;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ways to the end. Exit codes: 0 when answers could finish, 128 and the signal's number when they could not. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class StopIT {
    private static final int STREAMS = 8;
    private static final int DRAIN_SECONDS = 30;
    /** What comes behind the last answer: closing the model and the HTTP server. */
    private static final int CLOSING_SECONDS = 10;
    /** The JVM waits a third of a second for native code; the rest is for a machine that is busy. */
    private static final int AT_ONCE_MS = 3_000;

    private static ObjectNode story(int number, int maxTokens) {
        return ask("Write a story about fox number " + number + ".").put("seed", number).put("temperature", 0.8).put("max_tokens", maxTokens);
    }

    private static ObjectNode longStory() {
        return story(1, 4000);
    }

    private static List<LiveStream> streams(RunningServer server) {
        return IntStream.range(0, STREAMS).mapToObj(number -> LiveStream.of(server, story(number, 40 + 20 * number))).toList();
    }

    @Test
    void eightStreamsFinishAfterSigtermWhileNewRequestsGet503() throws Exception {
        try (var server = RunningServer.start(Map.of()); var keptAlive = new RawConnection(server.port())) {
            // given
            var undisturbed = streams(server).stream().map(StopIT::whole).toList();
            keptAlive.post(story(1, 1).toString()).readUntil("\"seed\"", 20_000);
            keptAlive.readUntil("\r\n0\r\n\r\n", 20_000);
            List<LiveStream> streams = streams(server);
            for (LiveStream stream : streams) {
                stream.awaitText();
            }

            // when
            long start = System.nanoTime();
            server.signal("TERM");

            // then
            Eventually.within(5_000, "not healthy any more", () -> health(server) == 503);
            assertRefused(server.client().send(server.chatRequest(story(1, 5)), BodyHandlers.ofString()));
            assertThat(keptAlive.post(story(1, 5).toString()).readUntil("server_is_overloaded", 5_000)).startsWith("HTTP/1.1 503")
                    .containsIgnoringCase("\r\nretry-after: 1\r\n").contains("{\"error\":{\"message\":");
            assertThat(streams).as("in the middle of the answers").anyMatch(stream -> !stream.ended());

            assertThat(streams.stream().map(StopIT::whole).toList()).isEqualTo(undisturbed).allMatch(whole -> whole.finish() != null);
            assertThat(exit(server, DRAIN_SECONDS + CLOSING_SECONDS)).as(server.log()).isZero();
            assertThat((System.nanoTime() - start) / 1e9).isLessThan(DRAIN_SECONDS);
        }
    }

    private static void assertRefused(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
        assertThat(response.headers().firstValue("retry-after")).contains("1");
        var error = LiveStream.json(response.body()).get("error");
        assertThat(error.properties()).extracting(Map.Entry::getKey).containsExactly("message", "type", "param", "code");
        assertThat(error.get("code").asText()).isEqualTo("server_is_overloaded");
    }

    @ParameterizedTest
    @CsvSource({"TERM,143", "INT,130"})
    void aSecondSignalEndsTheServerAtOnce(String signal, int code) throws Exception {
        try (var server = RunningServer.start(Map.of())) {
            assumeFalse(ignoresInterrupts(server), "whoever started the tests had them ignore SIGINT, as shells do in the background");
            LiveStream stream = LiveStream.of(server, longStory()).awaitText();
            server.signal(signal);
            Eventually.within(5_000, "draining", () -> health(server) == 503);
            assertThat(stream.ended()).isFalse();

            long start = System.nanoTime();
            server.signal(signal);

            assertThat(exit(server, 20)).as(server.log()).isEqualTo(code);
            assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(AT_ONCE_MS);
        }
    }

    @Test
    void whatOutlastsTheDrainLimitIsToldSoAndTheServerExitsWithZero() throws Exception {
        try (var server = RunningServer.start(Map.of("CADENZA_SCHEDULER_DRAIN", "500ms", "CADENZA_SCHEDULER_MAX_RUNNING", "2"))) {
            // given
            var whole = server.client().sendAsync(server.chatRequest(longStory()), BodyHandlers.ofString());
            LiveStream running = LiveStream.of(server, longStory()).awaitText();
            Eventually.within(20_000, "both run", () -> server.metric("cadenza_sequences_running") == 2);
            LiveStream queued = LiveStream.of(server, longStory());
            Eventually.within(5_000, "queued", () -> server.metric("cadenza_sequences_waiting") == 1);

            // when
            server.signal("TERM");

            // then
            assertThat(exit(server, 1 + CLOSING_SECONDS)).as(server.log()).isZero();
            List<String> data = running.data();
            assertThat(data.size()).isGreaterThan(2);
            assertThat(LiveStream.json(data.getLast()).at("/error/code").asText()).isEqualTo("server_is_overloaded");
            assertThat(queued.data()).isEmpty();
            assertRefused(whole.get(5, TimeUnit.SECONDS));
            assertThat(server.log()).doesNotContain("ERROR");
        }
    }

    @Test
    void aServerThatStillLoadsEndsAtOnce() throws Exception {
        try (var server = RunningServer.launch(Map.of())) {
            Eventually.within(60_000, "listening", () -> health(server) > 0);

            server.signal("TERM");

            // 143 where the signal was quicker than the rest of the start.
            assertThat(exit(server, CLOSING_SECONDS)).as(server.log()).isIn(0, 143);
        }
    }

    private static LiveStream.Whole whole(LiveStream stream) {
        try {
            return stream.whole();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static int exit(RunningServer server, int limitSeconds) throws InterruptedException {
        assertThat(server.process().waitFor(limitSeconds, TimeUnit.SECONDS)).as("ended within %d s", limitSeconds).isTrue();
        return server.process().exitValue();
    }

    /** @return 0: it does not listen */
    private static int health(RunningServer server) {
        try {
            return server.get("/health").statusCode();
        } catch (IOException notYet) {
            return 0;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean ignoresInterrupts(RunningServer server) throws IOException {
        Path status = Path.of("/proc", Long.toString(server.process().pid()), "status");
        return Files.exists(status) && Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(line.length() - 16), 16) & 2) != 0);
    }
}
