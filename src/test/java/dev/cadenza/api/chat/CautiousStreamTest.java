package dev.cadenza.api.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.scheduler.ContinuousBatchingScheduler;
import dev.cadenza.scheduler.GenerationRequest;
import dev.cadenza.scheduler.SchedulerSettings;
import dev.cadenza.tokenizer.TextStream;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A stream whose answer tries several continuations: silent but for comments while it does, then all of the kept one at once. */
class CautiousStreamTest {
    private static final int TOKENS = 60;
    private static final long PATIENCE_SECONDS = 20;
    private static final SamplingParameters ENDLESS = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of(ToyTokenizer.END, -100f));
    private static final Cntp CAUTIOUS = new Cntp(4, 0.01, 1, 5, Cntp.EntropyOn.PROCESSED, Cntp.OnPressure.WAIT);

    /** The client's event loop, which is the test's thread. */
    private final BlockingQueue<Runnable> eventLoop = new LinkedBlockingQueue<>();
    private final Semaphore onward = new Semaphore(0);
    private final StringBuilder received = new StringBuilder();
    private int forkSteps;
    private boolean over;

    @Test
    void commentsComeWhilePathsAreTriedAndTheTextIsTheKeptOnesInBursts() throws Exception {
        var chat = new ChatRequest(List.of(), TOKENS, 1, ENDLESS, 5, -1, List.of(), true, false, null, null, true, ReasoningEffort.UNSAID, null, false, "", List.of());
        var encoder = new ChunkEncoder(new AnswerHead("test", 0, "toy", "fp", false), new ChoiceJson(new ToyTokenizer()), chat, "request");
        var stream = new ChunkStream(eventLoop::add, encoder);
        stream.subscribe(new Client());

        // Every step of a fork lasts until the event loop, with all events before it delivered, has found the stream silent for too long.
        var slow = new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) {
                if (plan.segments().getFirst().region().open() > 0) {
                    eventLoop.add(() -> {
                        forkSteps++;
                        assertThat(stream.tick(Duration.ZERO, Duration.ofHours(1))).as("stalled").isFalse();
                        onward.release();
                    });
                    await(onward);
                }
            }
        };
        var settings = new SchedulerSettings(8, 10, 8, 16, 256, Duration.ofSeconds(60), Duration.ofMillis(1), false, true);
        try (var scheduler = new ContinuousBatchingScheduler(() -> new ToyEngine(ToyEngine.shape(10, 200, 400), 3, slow), new ToyTokenizer(), settings)) {
            scheduler.submit(new GenerationRequest("test", new int[] {1, 2, 3, 1, 2}, 1, TOKENS, ENDLESS, 5, -1, List.of(), CAUTIOUS, "request", true, "",
                    null), stream);
            while (!over) {
                Runnable task = eventLoop.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertThat(task).as("the next event").isNotNull();
                task.run();
            }
        }

        long comments = received.toString().lines().filter(": keep-alive"::equals).count();
        assertThat(comments).isEqualTo(forkSteps).isGreaterThan(20);
        List<JsonNode> chunks = ChatClient.chunks(received.toString());
        JsonNode report = chunks.getLast().at("/decoding");
        List<String> bursts = chunks.stream().map(chunk -> chunk.at("/choices/0/delta/content").asText()).filter(text -> !text.isEmpty()).toList();
        assertThat(bursts).isEqualTo(textsOfTurns(report)).anyMatch(text -> text.length() > 2);
        assertThat(otherPaths(report)).as("paths whose text would have been another").isGreaterThan(10);
    }

    /** What each turn, a plain token or a kept path, adds to the text. */
    private static List<String> textsOfTurns(JsonNode report) {
        var text = new TextStream(new ToyTokenizer());
        List<String> turns = new ArrayList<>();
        JsonNode trace = report.get("trace");
        for (int at = 0; at < trace.size();) {
            int end = at + turn(report, at);
            var turn = new StringBuilder();
            for (; at < end && at < trace.size(); at++) {
                turn.append(text.append(trace.get(at).get("token").asInt()));
            }
            turns.add(at == trace.size() ? turn + text.flush() : turn.toString());
        }
        return turns.stream().filter(turn -> !turn.isEmpty()).toList();
    }

    /** Tokens of the turn that begins there. */
    private static int turn(JsonNode report, int at) {
        for (JsonNode fork : report.get("forks")) {
            if (fork.get("at").asInt() == at) {
                return fork.get("trials").get(fork.get("kept").asInt()).get("tokens").size();
            }
        }
        return 1;
    }

    private static int otherPaths(JsonNode report) {
        int others = 0;
        for (JsonNode fork : report.get("forks")) {
            JsonNode kept = fork.get("trials").get(fork.get("kept").asInt()).get("tokens");
            for (JsonNode trial : fork.get("trials")) {
                others += text(trial.get("tokens")).equals(text(kept)) ? 0 : 1;
            }
        }
        return others;
    }

    private static String text(JsonNode tokens) {
        var stream = new TextStream(new ToyTokenizer());
        var text = new StringBuilder();
        tokens.forEach(token -> text.append(stream.append(token.asInt())));
        return text.append(stream.flush()).toString();
    }

    private static void await(Semaphore semaphore) {
        try {
            if (!semaphore.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the event loop stands still");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private final class Client implements Flow.Subscriber<byte[]> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(byte[] item) {
            received.append(new String(item, StandardCharsets.UTF_8));
        }

        @Override
        public void onError(Throwable cause) {
            throw new AssertionError(cause);
        }

        @Override
        public void onComplete() {
            over = true;
        }
    }
}
