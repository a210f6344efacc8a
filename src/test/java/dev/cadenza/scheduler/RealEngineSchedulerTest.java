package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.RealModel;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.Tokenizer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** On the real model: tokens and log-probability bits do not depend on memory pressure, nor on what the prefix cache held. */
class RealEngineSchedulerTest {
    private static final int ANSWER = 40;
    private static final int BYTES_PER_SLOT = 46_080;
    private static final SamplingParameters WARM = new SamplingParameters(0.8f, 0, 0.95f, 0, 0, 0, 1, Map.of());
    private static final int BLOCK = 64;
    /** Up to four blocks of the longer prompts are shared. */
    private static final int[] LENGTHS = {100, 150, 300, 126, 118, 270, 140};

    private static Checkpoint checkpoint;
    private static Tokenizer tokenizer;
    private static List<Requests> requests;
    private static List<RecordingListener> alone;

    @BeforeAll
    static void everyRequestAloneWithNothingKept() throws Exception {
        checkpoint = GgufCheckpoint.open(RealModel.path());
        tokenizer = Tokenizer.of(checkpoint.tokenizer());
        var random = new Random(11);
        int[] shared = random.ints(256, 20, 40_000).toArray();
        requests = new ArrayList<>();
        for (int length : LENGTHS) {
            int[] prompt = IntStream.range(0, length).map(i -> length > 128 && i < shared.length ? shared[i] : 20 + random.nextInt(40_000)).toArray();
            requests.add(aRequest().prompt(prompt).maxTokens(ANSWER).sampling(WARM).seed(length).topLogprobs(0));
        }
        alone = new ArrayList<>();
        try (var scheduler = scheduler(4096, false)) {
            for (Requests request : requests) {
                alone.addAll(run(scheduler, List.of(request)));
            }
            assertThat(scheduler.statistics().reusedTokens()).isZero();
        }
    }

    @AfterAll
    static void close() throws IOException {
        checkpoint.close();
    }

    @Test
    void preemptedSequencesGoOnWithTheSameBytesInABudgetOfAFewHundredSlots() throws Exception {
        try (var scheduler = scheduler(512, true)) {
            assertSameAsAlone(run(scheduler, requests));

            SchedulerStatistics statistics = scheduler.statistics();
            assertThat(statistics.promptTokens() + statistics.reusedTokens()).as("prompt tokens gone through; more than once after a preemption")
                    .isGreaterThan(IntStream.of(LENGTHS).sum());
            assertThatThrownBy(() -> scheduler.submit(aRequest().maxTokens(508).build(), new RecordingListener(1)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("513");
        }
    }

    @Test
    void sharedPrefixesAreComputedOnceAndAnswersAreTheSameColdAndWarm() throws Exception {
        try (var scheduler = scheduler(4096, true)) {
            List<RecordingListener> together = run(scheduler, requests);
            long computed = scheduler.statistics().promptTokens();
            List<RecordingListener> warm = run(scheduler, requests);

            assertSameAsAlone(together);
            assertSameAsAlone(warm);
            // Four prompts begin with the same two blocks, two of them with the same four.
            assertThat(computed).isEqualTo(IntStream.of(LENGTHS).sum() - 3 * 2 * BLOCK - 2 * BLOCK);
            int[] whole = IntStream.of(LENGTHS).map(length -> (length - 1) / BLOCK * BLOCK).toArray();
            assertThat(scheduler.statistics().promptTokens() - computed).isEqualTo(IntStream.of(LENGTHS).sum() - IntStream.of(whole).sum());
            assertThat(warm.stream().mapToInt(listener -> listener.finishes.get(0).cachedTokens())).containsExactly(IntStream.of(whole).boxed()
                    .toArray(Integer[]::new));
            assertThat(scheduler.statistics().kvBytesCached()).isPositive();
        }
    }

    private static ContinuousBatchingScheduler scheduler(int slots, boolean prefixCache) throws Exception {
        return new ContinuousBatchingScheduler(
                () -> TorchEngine.load(checkpoint, new EngineSettings(EngineSettings.Precision.FAST, 2, (long) slots * BYTES_PER_SLOT)), tokenizer,
                new SchedulerSettings(6, 100, 128, 24, 1, Duration.ofMinutes(5), Duration.ofMillis(1), false, prefixCache));
    }

    private static List<RecordingListener> run(Scheduler scheduler, List<Requests> together) throws Exception {
        List<RecordingListener> listeners = new ArrayList<>();
        for (Requests request : together) {
            listeners.add(new RecordingListener(1));
            scheduler.submit(request.build(), listeners.getLast());
        }
        for (RecordingListener listener : listeners) {
            listener.await(Duration.ofMinutes(3));
        }
        return listeners;
    }

    private static void assertSameAsAlone(List<RecordingListener> listeners) {
        for (int i = 0; i < listeners.size(); i++) {
            RecordingListener expected = alone.get(i);
            assertThat(listeners.get(i).failure).as("request %d", i).isNull();
            assertThat(listeners.get(i).text(0)).as("text of request %d", i).isEqualTo(expected.text(0));
            assertThat(bits(listeners.get(i))).as("tokens and log-probabilities of request %d", i).isNotEmpty().isEqualTo(bits(expected));
        }
    }

    private static List<List<Integer>> bits(RecordingListener listener) {
        return listener.tokens.get(0).stream().map(token -> List.of(token.token(), Float.floatToRawIntBits(token.logprob()))).toList();
    }
}
