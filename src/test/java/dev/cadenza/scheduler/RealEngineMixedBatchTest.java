package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.chat.ChatPrompt;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.Wish;
import dev.cadenza.decoding.difficulty.Routing;
import dev.cadenza.decoding.speculative.EagerEarlyExit;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.Tokenizer;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * All strategies at once on the real model, arriving one by one, one of them cancelled in the middle: each answer has the tokens and log-probability
 * bits that it has alone, where it is traced too. Only the one whose drafts are trees is held to tokens, up to a tie of the two likeliest.
 */
class RealEngineMixedBatchTest {
    private static final int ANSWER = 32;
    /** Of the first to come, which drafts while there are few. */
    private static final int LONG_ANSWER = 80;
    private static final int BYTES_PER_SLOT = 46_080;
    private static final double TIE = 0.01;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final SchedulerSettings SETTINGS = new SchedulerSettings(32, 100, 128, 64, 64, LIMIT, Duration.ofMillis(1), false, true);
    private static final SamplingParameters GREEDY = SamplingParameters.GREEDY;
    private static final SamplingParameters WARM = new SamplingParameters(0.9f, 0, 0.95f, 0, 0, 0, 1, Map.of());
    private static final SamplingParameters PENALISED = new SamplingParameters(0.7f, 40, 1, 0, 0.5f, 0.2f, 1.1f, Map.of());
    private static final List<String> QUESTIONS = List.of("Count from 1 to 40 in words, one per line.",
            "Write a JSON list of five people with name, age and city.", "Explain why the sky is blue to a child.",
            "List the days of the week, then list them again backwards.", "Write a poem about iron.");

    private static Checkpoint checkpoint;
    private static Tokenizer tokenizer;
    private static ChatPrompt chat;
    private static Shape shape;

    @BeforeAll
    static void open() throws Exception {
        checkpoint = GgufCheckpoint.open(RealModel.path());
        tokenizer = Tokenizer.of(checkpoint.tokenizer());
        chat = new ChatPrompt(checkpoint.chatTemplate().orElseThrow(), tokenizer);
    }

    @AfterAll
    static void close() throws IOException {
        checkpoint.close();
    }

    /** Releases a permit whenever text comes. Takes no more than its first few tokens until all have come. Device thread only, but for the permits. */
    private static final class Progress extends RecordingListener {
        private final Semaphore permits;
        private final CountDownLatch allHaveCome;
        private int pieces;
        private int told;

        Progress(Semaphore permits, CountDownLatch allHaveCome) {
            super(1);
            this.permits = permits;
            this.allHaveCome = allHaveCome;
        }

        @Override
        public synchronized void text(int choice, String text, List<TokenLogprob> completed) {
            super.text(choice, text, completed);
            pieces++;
            told += completed.size();
            permits.release();
        }

        @Override
        public boolean ready() {
            return pieces < 2 || told < 4 || allHaveCome.getCount() == 0;
        }
    }

    private record Asked(String name, int[] prompt, int maxTokens, SamplingParameters sampling, long seed, List<String> stops, Strategy strategy) {
        GenerationRequest request(boolean traced) {
            return new GenerationRequest(name, prompt, 1, maxTokens, sampling, seed, 2, stops, strategy, "request", traced, "", null);
        }
    }

    @Test
    void eachRequestGetsItsOwnBytesWithEveryStrategyInTheBatch() throws Exception {
        try (var alone = scheduler(); var shared = scheduler()) {
            for (int round = 0; round < 2; round++) {
                List<Asked> all = everyStrategy(round, alone);
                List<RecordingListener> expected = new ArrayList<>();
                for (Asked asked : all) {
                    expected.add(answered(alone, asked.request(true)));
                }
                long stepsBefore = shared.statistics().steps();

                List<RecordingListener> together = together(shared, all, round);

                int tokens = 0;
                for (int i = 0; i < all.size(); i++) {
                    assertSame(all.get(i).name() + ", round " + round, together.get(i), expected.get(i));
                    tokens += together.get(i).finishes.get(0).completionTokens();
                }
                assertThat(shared.statistics().steps() - stepsBefore).as("steps for %d tokens", tokens).isLessThan(tokens / 3);
                assertWorked(all, together);
            }
        }
    }

    /**
     * Each arrives when those before it have gone on a little, and these wait for it then. Behind the last there is one more, which is cancelled in the
     * middle.
     */
    private static List<RecordingListener> together(Scheduler scheduler, List<Asked> all, int round) throws Exception {
        var progress = new Semaphore(0);
        var allHaveCome = new CountDownLatch(1);
        List<RecordingListener> listeners = new ArrayList<>();
        for (Asked asked : all) {
            listeners.add(new Progress(progress, allHaveCome));
            scheduler.submit(asked.request(false), listeners.getLast());
            await(progress, 2);
        }
        var cancelled = new Progress(new Semaphore(0), new CountDownLatch(0));
        GenerationRequest longest = new GenerationRequest("cancelled", chat(QUESTIONS.get(round), ""), 1, 1000, WARM, round, -1, List.of(),
                new Standard(), "request", false, "", null);
        Scheduler.Ticket ticket = scheduler.submit(longest, cancelled);
        assertThat(listeners.stream().skip(1)).as("all but the first, which is quick, run at once").noneMatch(RecordingListener::over);
        allHaveCome.countDown();
        await(cancelled.permits, 5);
        ticket.cancel();
        for (RecordingListener listener : listeners) {
            listener.await(LIMIT);
        }
        assertThat(cancelled.over()).isFalse();
        return listeners;
    }

    private static void await(Semaphore progress, int texts) throws InterruptedException {
        assertThat(progress.tryAcquire(texts, LIMIT.toSeconds(), TimeUnit.SECONDS)).as("progress").isTrue();
    }

    private static void assertSame(String name, RecordingListener actual, RecordingListener expected) {
        assertThat(actual.failure).as(name).isNull();
        List<TokenLogprob> told = actual.tokens.get(0);
        List<TokenLogprob> wanted = expected.tokens.get(0);
        if (name.startsWith("token_recycling")) {
            int same = 0;
            while (same < Math.min(told.size(), wanted.size()) && told.get(same).token() == wanted.get(same).token()) {
                same++;
            }
            if (same < wanted.size()) {
                float[] best = wanted.get(same).topLogprobs();
                assertThat(best[0] - best[1]).as("%s: a tie at %d", name, same).isLessThan((float) TIE);
                return;
            }
        } else {
            assertThat(bits(told)).as(name).isEqualTo(bits(wanted));
        }
        assertThat(actual.text(0)).as(name).isNotEmpty().isEqualTo(expected.text(0));
        Finish finish = actual.finishes.get(0);
        assertThat(finish.completionTokens()).as(name).isEqualTo(expected.finishes.get(0).completionTokens());
        assertThat(finish.reason()).as(name).isEqualTo(expected.finishes.get(0).reason());
        assertThat(finish.stopString()).as(name).isEqualTo(expected.finishes.get(0).stopString());
        assertThat(finish.report().layersRun()).as(name).isEqualTo(expected.finishes.get(0).report().layersRun());
        assertThat(finish.report().trials()).as(name).isEqualTo(expected.finishes.get(0).report().trials());
        assertThat(expected.finishes.get(0).trace()).as(name).hasSize(finish.completionTokens())
                .allSatisfy(traced -> assertThat(traced.rawEntropy()).isBetween(0.0, Math.log(shape.vocabulary())));
    }

    private static List<List<Integer>> bits(List<TokenLogprob> tokens) {
        return tokens.stream().map(token -> List.of(token.token(), Float.floatToRawIntBits(token.logprob()))).toList();
    }

    /** Whatever is special to a strategy has happened. */
    private static void assertWorked(List<Asked> all, List<RecordingListener> listeners) {
        for (int i = 0; i < all.size(); i++) {
            var report = listeners.get(i).finishes.get(0).report();
            switch (all.get(i).name()) {
                case "prediction", "early_exit", "skip_layers" -> assertThat(report.accepted()).as(all.get(i).name()).isPositive();
                case "skip_decode" -> assertThat(report.layersRun()).isLessThan(report.layersFull());
                case "cntp" -> assertThat(report.trials()).isGreaterThan(3);
                case "easy", "hard" -> assertThat(report.route().name()).isEqualTo(all.get(i).name());
                default -> assertThat(report.tokens()).isPositive();
            }
        }
    }

    private static List<Asked> everyStrategy(int round, Scheduler alone) throws Exception {
        String question = QUESTIONS.get(round);
        Asked plain = new Asked("plain", chat(question, ""), LONG_ANSWER, GREEDY, round, List.of(), new Standard());
        int[] answer = answered(alone, plain.request(true)).finishes.get(0).trace().stream().mapToInt(Finish.Traced::token).toArray();
        int[] nearly = IntStream.range(0, answer.length).map(i -> i % 10 == 7 ? 1000 : answer[i]).toArray();
        Strategy predicted = strategy(speculative("prediction"), nearly, question);
        List<Asked> all = new ArrayList<>();
        all.add(new Asked("prediction", plain.prompt(), LONG_ANSWER, GREEDY, round, List.of(), predicted));
        all.add(asked("greedy", question, GREEDY, round, Map.of("strategy", "standard"), null));
        all.add(asked("sampled", QUESTIONS.get(round + 1), PENALISED, round, Map.of("strategy", "standard"), null));
        all.add(asked("prompt_lookup", question, WARM, round, speculative("prompt_lookup"), null));
        all.add(asked("suffix", QUESTIONS.get(round + 2), PENALISED, round, speculative("suffix"), null));
        all.add(asked("token_recycling", QUESTIONS.get(round + 3), GREEDY, round, speculative("token_recycling"), null));
        all.add(asked("early_exit", question, WARM, round, EagerEarlyExit.exit(27, 3)));
        all.add(asked("skip_layers", QUESTIONS.get(round + 1), GREEDY, round, EagerEarlyExit.skip(3, 10, 14, 18, 22)));
        all.add(asked("skip_decode", question, WARM, round,
                Map.of("strategy", "skip_decode", "skip_decode", Map.of("min_layers", 18, "max_layers", 30, "decay_tokens", 30)), null));
        all.add(asked("cntp", QUESTIONS.get(4), WARM, round,
                Map.of("strategy", "cntp", "cntp", Map.of("max_trials", 4, "max_trial_tokens", 12)), null));
        all.add(asked("momentum", QUESTIONS.get(round + 2), GREEDY, round, Map.of("strategy", "momentum"), null));
        all.add(asked("cyclic_reflex", QUESTIONS.get(round + 3), WARM, round,
                Map.of("strategy", "cyclic_reflex", "cyclic_reflex", Map.of("period", 40, "leading_space", true)), null));
        for (String difficulty : List.of("easy", "normal", "hard", "auto")) {
            all.add(asked(difficulty, question, WARM, round, Map.of("strategy", "diff_adapt", "diff_adapt", Map.of("class", difficulty)), null));
        }
        return all;
    }

    private static Map<String, Object> speculative(String draft) {
        return Map.of("strategy", "speculative", "speculative", Map.of("draft", draft));
    }

    private static Asked asked(String name, String question, SamplingParameters sampling, int round, Map<String, Object> decoding, int[] prediction)
            throws InvalidDecoding {
        return asked(name, question, sampling, round, strategy(decoding, prediction, question));
    }

    private static Asked asked(String name, String question, SamplingParameters sampling, int round, Strategy strategy) {
        Strategy.Opening opening = strategy.opening(new Strategy.Opening(chat(question, ""), ANSWER, sampling));
        return new Asked(name, opening.prompt(), opening.maxTokens(), opening.sampling(), 100 * round + name.length(), List.of("\n\n\n"), strategy);
    }

    private static Strategy strategy(Map<String, Object> decoding, int[] prediction, String question) throws InvalidDecoding {
        List<Routing.Setting> settings = Routing.SETTINGS.stream().map(with -> new Routing.Setting(with.text(), with.temperature(), 1)).toList();
        var routing = new Routing(settings, RealEngineMixedBatchTest::byBits, 0, true);
        var model = new ModelTraits(shape, false, text -> {
            int[] ids = tokenizer.encode(text);
            return ids.length == 1 ? OptionalInt.of(ids[0]) : OptionalInt.empty();
        }, routing);
        boolean deterministic = "momentum".equals(decoding.get("strategy"));
        return new StrategySelector("standard", model).select(new Wish(decoding, prediction, 1, ANSWER, deterministic ? GREEDY : WARM, false, null,
                text -> chat(question, text))).strategy();
    }

    /** A probe for which any other state may be of another class. */
    private static double[] byBits(float[] state) {
        double[] probabilities = new double[3];
        probabilities[Math.floorMod(Arrays.hashCode(state), 3)] = 1;
        return probabilities;
    }

    private static int[] chat(String question, String more) {
        return chat.encode(List.of(Map.of("role", "user", "content", question + more)), Map.of(), true, LocalDateTime.of(2026, 1, 1, 0, 0));
    }

    private static ContinuousBatchingScheduler scheduler() throws Exception {
        return new ContinuousBatchingScheduler(() -> {
            var engine = TorchEngine.load(checkpoint, new EngineSettings(EngineSettings.Precision.FAST, 2, 6000L * BYTES_PER_SLOT));
            shape = engine.shape();
            return engine;
        }, tokenizer, SETTINGS);
    }

    private static RecordingListener answered(Scheduler scheduler, GenerationRequest request) throws Exception {
        var listener = new RecordingListener(1);
        scheduler.submit(request, listener);
        listener.await(LIMIT);
        assertThat(listener.failure).isNull();
        return listener;
    }
}
