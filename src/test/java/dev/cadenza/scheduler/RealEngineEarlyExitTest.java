package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.Wish;
import dev.cadenza.decoding.speculative.EagerEarlyExit;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * On the real model, greedy and sampled: the tokens and log-probability bits of {@code standard}, whatever layers draft. {@link LosslessTest} has a
 * late exit and a skip set.
 */
class RealEngineEarlyExitTest {
    private static final int ANSWER = 48;
    private static final int BYTES_PER_SLOT = 46_080;
    private static final List<String> PROMPTS = List.of(
            "The quick brown fox jumps over the lazy dog. The quick brown fox jumps over",
            "The capital of France is Paris. The capital of Italy is Rome. The capital of",
            "Once upon a time, in a small village by the sea, there lived an old fisherman who",
            "def fibonacci(n):\n    if n < 2:\n        return n\n    return");
    /** Of the tokens that end an answer. */
    private static final Map<Integer, Float> ENDLESS = Map.of(0, -100f, 2, -100f);
    private static final SamplingParameters GREEDY = new SamplingParameters(0, 0, 1, 0, 0.2f, 0, 1, ENDLESS);
    private static final SamplingParameters WARM = new SamplingParameters(0.8f, 0, 0.95f, 0, 0, 0, 1, ENDLESS);

    private static Checkpoint checkpoint;
    private static Tokenizer tokenizer;
    private static ContinuousBatchingScheduler scheduler;
    private static List<RecordingListener> expected;

    @BeforeAll
    static void answersOfStandard() throws Exception {
        checkpoint = GgufCheckpoint.open(RealModel.path());
        tokenizer = Tokenizer.of(checkpoint.tokenizer());
        scheduler = new ContinuousBatchingScheduler(
                () -> TorchEngine.load(checkpoint, new EngineSettings(EngineSettings.Precision.FAST, 2, 4096L * BYTES_PER_SLOT)), tokenizer,
                new SchedulerSettings(16, 100, 128, 80, 64, Duration.ofMinutes(5), Duration.ofMillis(1), false, false));
        expected = run(requests(new Standard()));
    }

    @AfterAll
    static void close() throws Exception {
        scheduler.close();
        checkpoint.close();
    }

    /** All in one batch. */
    @Test
    void everyExitAndTheWholeModelGiveTheAnswersOfStandard() throws Exception {
        Map<String, Strategy> strategies = new LinkedHashMap<>();
        strategies.put("exit 15", EagerEarlyExit.exit(15, 4));
        strategies.put("exit 24", EagerEarlyExit.exit(24, 4));
        strategies.put("without none", EagerEarlyExit.skip(4));
        List<Requests> requests = new ArrayList<>();
        strategies.values().forEach(strategy -> requests.addAll(requests(strategy)));

        List<RecordingListener> answers = run(requests);

        int from = 0;
        for (String drafting : strategies.keySet()) {
            Counts counts = assertSame(answers.subList(from, from + expected.size()), drafting);
            assertThat(counts.accepted()).as(drafting).isPositive();
            if (drafting.equals("without none")) {
                assertThat(counts.accepted()).isEqualTo(counts.drafted());
            }
            from += expected.size();
        }
    }

    @Test
    void sequenceThatIsAloneTriesNowAndThenAndSomeTriesComeTrue() throws Exception {
        Wish wish = new Wish(Map.of("strategy", "speculative", "speculative", Map.of("draft", "early_exit")), null, 1, ANSWER, 1);
        Strategy strategy = new StrategySelector("standard", new ModelTraits(scheduler.shape(), false)).select(wish).strategy();
        List<RecordingListener> answers = new ArrayList<>();
        for (Requests request : requests(strategy)) {
            answers.addAll(run(List.of(request)));
        }

        Counts counts = assertSame(answers, "alone");
        assertThat(counts.accepted()).isPositive();
        assertThat(counts.drafted()).isLessThanOrEqualTo(3 * answers.size());
    }

    private record Counts(int drafted, int accepted) {
    }

    private static List<Requests> requests(Strategy strategy) {
        List<Requests> requests = new ArrayList<>();
        for (SamplingParameters sampling : List.of(GREEDY, WARM)) {
            for (String prompt : PROMPTS) {
                requests.add(aRequest().prompt(tokenizer.encode(prompt)).maxTokens(ANSWER).sampling(sampling).seed(prompt.length()).topLogprobs(0)
                        .strategy(strategy));
            }
        }
        return requests;
    }

    private static List<RecordingListener> run(List<Requests> requests) throws Exception {
        List<RecordingListener> listeners = new ArrayList<>();
        for (Requests request : requests) {
            listeners.add(new RecordingListener(1));
            scheduler.submit(request.build(), listeners.getLast());
        }
        for (RecordingListener listener : listeners) {
            listener.await(Duration.ofMinutes(3));
        }
        return listeners;
    }

    private static Counts assertSame(List<RecordingListener> answers, String drafting) {
        int[] drafted = new int[2];
        int[] accepted = new int[2];
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).failure).as("%s, answer %d", drafting, i).isNull();
            assertThat(bits(answers.get(i))).as("%s, answer %d", drafting, i).isNotEmpty().isEqualTo(bits(expected.get(i)));
            DecodingReport report = answers.get(i).finishes.get(0).report();
            drafted[i / PROMPTS.size()] += report.drafted();
            accepted[i / PROMPTS.size()] += report.accepted();
        }
        System.out.printf("%s: accepted %d of %d greedy, %d of %d sampled%n", drafting, accepted[0], drafted[0], accepted[1], drafted[1]);
        return new Counts(drafted[0] + drafted[1], accepted[0] + accepted[1]);
    }

    private static List<List<Integer>> bits(RecordingListener listener) {
        return listener.tokens.get(0).stream().map(token -> List.of(token.token(), Float.floatToRawIntBits(token.logprob()))).toList();
    }
}
