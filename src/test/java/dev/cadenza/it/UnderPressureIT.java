package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cadenza.api.Eventually;
import dev.cadenza.api.RawConnection;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that read too slowly, and more of them than there is room for. */
class UnderPressureIT {
    private static final int PLACES = 8;
    private static final int LINE = 3;
    private static final int SURPLUS = 12;
    private static final int BYTES_A_SECOND = 100;
    private static final RunningServer SERVER = RunningServer.start(Map.of("CADENZA_SCHEDULER_MAX_RUNNING", Integer.toString(PLACES),
            "CADENZA_SCHEDULER_QUEUE_CAPACITY", Integer.toString(LINE)));

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    /** A server that has just started holds memory while it measures its steps, too. */
    @AfterEach
    void nothingIsLeft() {
        Eventually.within(20_000, "nothing runs, waits or holds memory", SERVER::idle);
    }

    private static ObjectNode story(int number, int maxTokens) {
        return ask("Write a story about boat number " + number + ".").put("seed", number).put("temperature", 0.8).put("max_tokens", maxTokens);
    }

    /** No token ends it: nobody is done before all have come. */
    private static ObjectNode endless(ObjectNode body) {
        body.putObject("logit_bias").put("0", -100).put("2", -100);
        return body;
    }

    private static List<LiveStream.Whole> normalAnswers() throws Exception {
        List<LiveStream> streams = IntStream.range(0, 4).mapToObj(number -> LiveStream.of(SERVER, story(number, 40))).toList();
        List<LiveStream.Whole> answers = new ArrayList<>();
        for (LiveStream stream : streams) {
            answers.add(stream.whole());
        }
        return answers;
    }

    private static RawConnection slowReader(int number) throws IOException {
        var connection = new RawConnection(SERVER.port());
        connection.post(story(number, 2000).put("stream", true).toString());
        Thread.ofVirtual().start(() -> {
            try {
                while (connection.readSome(BYTES_A_SECOND) >= 0) {
                    TimeUnit.SECONDS.sleep(1);
                }
            } catch (IOException | InterruptedException closed) {
                // By the test.
            }
        });
        return connection;
    }

    /** Pausing where the connection's buffers are full, which the system makes large, is {@code DisconnectTest}'s. */
    @Test
    void slowReadersChangeNothingForTheOthersAndLeaveNothingBehind() throws Exception {
        List<LiveStream.Whole> undisturbed = normalAnswers();
        try (var first = slowReader(11); var second = slowReader(12); var third = slowReader(13); var fourth = slowReader(14)) {
            List<RawConnection> slow = List.of(first, second, third, fourth);
            Eventually.within(20_000, "the slow run", () -> SERVER.metric("cadenza_sequences_running") == slow.size());

            assertThat(normalAnswers()).isEqualTo(undisturbed).allMatch(answer -> answer.finish() != null);

            assertThat(SERVER.metric("cadenza_sequences_running")).as("slow ones beside them to the end").isPositive();
        }
        Eventually.within(2_000, "their places are free", () -> SERVER.metric("cadenza_sequences_running") == 0);
    }

    @Test
    void exactlyTheSurplusOfASpikeIsRefusedAndTheNextRequestIsServed() throws Exception {
        // when
        List<CompletableFuture<HttpResponse<String>>> spike = IntStream.range(0, PLACES + LINE + SURPLUS)
                .mapToObj(i -> SERVER.client().sendAsync(SERVER.chatRequest(endless(story(i, 250)).put("stream", i % 2 == 0)), BodyHandlers.ofString()))
                .toList();

        // then
        int refused = 0;
        for (CompletableFuture<HttpResponse<String>> one : spike) {
            HttpResponse<String> response = one.get(300, TimeUnit.SECONDS);
            if (response.statusCode() != 200) {
                assertRefused(response);
                refused++;
            } else {
                assertThat(response.body()).containsPattern("\"finish_reason\":\"(stop|length)\"");
            }
        }
        assertThat(refused).isEqualTo(SURPLUS);
        assertThat(SERVER.metric("cadenza_sequences_waiting")).isZero();
        long start = System.nanoTime();
        assertThat(SERVER.chat(story(1, 1)).at("/usage/completion_tokens").asInt()).isEqualTo(1);
        assertThat((System.nanoTime() - start) / 1e9).as("seconds to the next answer").isLessThan(2);
    }

    private static void assertRefused(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(429);
        assertThat(Integer.parseInt(response.headers().firstValue("retry-after").orElseThrow())).isBetween(1, 60);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        var error = LiveStream.json(response.body()).get("error");
        assertThat(error.properties()).extracting(Map.Entry::getKey).containsExactly("message", "type", "param", "code");
        assertThat(error.get("type").asText()).isEqualTo("rate_limit_error");
    }
}
