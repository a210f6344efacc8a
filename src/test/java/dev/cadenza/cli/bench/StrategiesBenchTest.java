package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.api.ByteTokenizer;
import dev.cadenza.cli.bench.StrategiesBench.Plan;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.decoding.Wish;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.scheduler.ContinuousBatchingScheduler;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.GenerationRequest;
import dev.cadenza.scheduler.NeverFits;
import dev.cadenza.scheduler.QueueFull;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.scheduler.SchedulerSettings;
import dev.cadenza.scheduler.SchedulerStatistics;
import dev.cadenza.scheduler.ShuttingDown;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole comparison on the toy engine, behind the real scheduler. */
class StrategiesBenchTest {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final Shape SHAPE = ToyEngine.shape(TOKENIZER.vocabulary(), 700, 40_000);
    private static final Duration ENDLESS = Duration.ofHours(1);
    private static final int TOKENS = 40;

    private final List<GenerationRequest> asked = new ArrayList<>();
    private final List<String> progress = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private boolean costsKnownBeforeTheFirstRequest;
    private ContinuousBatchingScheduler scheduler;

    @AfterEach
    void stop() {
        if (scheduler != null) {
            scheduler.close();
        }
    }

    @Test
    void eachStrategyGivesStandardsBytesAndHasItsLine() throws Exception {
        // when
        List<StrategyFigure> figures = bench(plan(List.of("prompt_lookup"), List.of(Workload.values()), List.of(1, 3), 2, ENDLESS), ToyEngine.Faults.NONE)
                .run();

        // then
        assertThat(notes).isEmpty();
        assertThat(figures).hasSize(Workload.values().length * 2 * 2);
        assertThat(figures).extracting(figure -> figure.workload() + " " + figure.batch() + " " + figure.strategy())
                .startsWith("copy 1 standard", "copy 1 prompt_lookup", "copy 3 standard", "copy 3 prompt_lookup", "code 1 standard");
        assertThat(figures).allSatisfy(figure -> {
            assertThat(figure.answers()).isEqualTo(2 * figure.batch());
            assertThat(figure.equal()).isEqualTo(figure.answers());
            assertThat(figure.speed().count()).isEqualTo(2);
            assertThat(figure.tokens()).isBetween(figure.answers(), figure.answers() * TOKENS);
        });
        assertThat(figures).filteredOn(figure -> figure.ratio() != null).hasSize(10)
                .allMatch(figure -> figure.strategy().equals("prompt_lookup"));
        assertThat(progress).contains("copy: 4 prompts of %s tokens".formatted(lengths(Workload.COPY, 4)));
        assertThat(costsKnownBeforeTheFirstRequest).isTrue();
    }

    @Test
    void draftsAreCounted() throws Exception {
        // given: the guess about steps, by which drafts pay, and few tokens, so that n-grams of the prompt come again
        Shape shape = ToyEngine.shape(10, 600, 40_000);
        SchedulerSettings usual = SchedulerSettings.DEFAULTS;
        var guessing = new SchedulerSettings(usual.maxRunning(), usual.queueCapacity(), usual.prefillTokens(), usual.draftRows(),
                usual.initialReservation(), usual.stallLimit(), usual.readyPoll(), false, usual.prefixCache());
        scheduler = new ContinuousBatchingScheduler(() -> new ToyEngine(shape, 1, ToyEngine.Faults.NONE), new ToyTokenizer(), guessing);
        var model = new BenchModel(new Watched(), shape, () -> true, new ToyTokenizer(), text -> text.chars().map(c -> 1 + c % 5).toArray(),
                new StrategySelector("standard", new ModelTraits(shape, false))::select);

        // when
        List<StrategyFigure> figures = bench(model, plan(List.of("prompt_lookup"), List.of(Workload.CHAT), List.of(3), 2, ENDLESS)).run();

        // then
        StrategyFigure lookup = figures.get(1);
        assertThat(lookup.drafted()).isPositive().isLessThan(lookup.answers() * TOKENS * 4);
        assertThat(lookup.accepted()).isBetween(0, lookup.drafted());
        assertThat(lookup.tokens()).as("of steps, kept drafts and prefills").isEqualTo(lookup.steps() + lookup.accepted() + lookup.answers());
        assertThat(lookup.equal()).isEqualTo(lookup.answers()).isEqualTo(6);
        assertThat(figures.getFirst().drafted()).isZero();
    }

    @Test
    void wavesOfTheSameRequestsAlternate() throws Exception {
        // when
        bench(plan(List.of("prompt_lookup"), List.of(Workload.CHAT), List.of(2), 2, ENDLESS), ToyEngine.Faults.NONE).run();

        // then: three questions for standard, the third for the candidate, then the pairs
        assertThat(asked).extracting(request -> request.strategy().name() + " " + request.id()).containsExactly(
                "standard chat-0", "standard chat-1", "standard chat-2", "speculative chat-2",
                "standard chat-0", "standard chat-1", "speculative chat-0", "speculative chat-1",
                "speculative chat-0", "speculative chat-1", "standard chat-0", "standard chat-1");
        assertThat(asked).allMatch(request -> request.memory() == null && request.sampling().temperature() == 0.7f && request.maxTokens() == TOKENS);
        assertThat(asked.get(4).seed()).isEqualTo(asked.get(6).seed()).isNotEqualTo(asked.get(5).seed());
    }

    @Test
    void whoLearnsKnowsOneOtherAnswerBeforeEachWave() throws Exception {
        // given: a selector that takes every name
        Plan plan = plan(List.of("suffix"), List.of(Workload.CODE), List.of(2), 2, ENDLESS);

        // when
        bench(plan, ToyEngine.Faults.NONE, StrategiesBenchTest::lookup).run();

        // then
        assertThat(asked.subList(4, asked.size())).extracting(request -> request.id() + " " + request.memory()).containsExactly(
                "code-2 bench-0", "code-0 null", "code-1 null", "code-0 bench-0", "code-1 bench-0",
                "code-2 bench-1", "code-0 bench-1", "code-1 bench-1", "code-0 null", "code-1 null");
    }

    @Test
    void whatTheSelectorRefusesIsLeftOutAndSaid() throws Exception {
        // when
        List<StrategyFigure> figures = bench(plan(List.of("no_such", "prompt_lookup"), List.of(Workload.CODE, Workload.CHAT), List.of(1), 1, ENDLESS),
                ToyEngine.Faults.NONE).run();

        // then
        assertThat(notes).singleElement().asString().startsWith("no_such left out: `decoding.speculative.draft` must be one of");
        assertThat(figures).extracting(StrategyFigure::strategy).containsExactly("standard", "prompt_lookup", "standard", "prompt_lookup");
    }

    @Test
    void predictionsAreStandardsAnswersWithWordsChanged() throws Exception {
        // given
        List<int[]> predictions = new ArrayList<>();
        BenchModel.Strategies taking = wish -> {
            if (wish.prediction() != null) {
                predictions.add(wish.prediction());
            }
            return lookup(wish);
        };

        // when
        Plan plan = plan(List.of("prediction"), List.of(Workload.COPY, Workload.CHAT), List.of(1), 1, ENDLESS);
        bench(plan, ToyEngine.Faults.NONE, taking).run();

        // then: asked whether it will do, once to warm up (another question), once in a pair
        assertThat(predictions).hasSize(3);
        assertThat(predictions.get(2)).containsExactly(predictions.get(0)).isNotEqualTo(predictions.get(1));
        assertThat(asked).extracting(request -> request.strategy().name() + " " + request.id()).endsWith("standard chat-0", "standard chat-1",
                "standard copy-0", "speculative copy-0");
    }

    @Test
    void afterTheTimeLimitOnlyTheFirstRoundIsMeasured() throws Exception {
        // when
        Plan plan = plan(List.of("prompt_lookup"), List.of(Workload.CHAT), List.of(1, 2), 9, Duration.ZERO);
        List<StrategyFigure> figures = bench(plan, ToyEngine.Faults.NONE).run();

        // then
        assertThat(figures).hasSize(4).allMatch(figure -> figure.speed().count() == 1);
    }

    @Test
    void anAnswerThatFailsEndsTheBench() {
        var failing = new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) throws StepFailed {
                throw new StepFailed("out of memory", null, Set.of(0));
            }
        };

        assertThatThrownBy(() -> bench(plan(List.of("prompt_lookup"), List.of(Workload.CHAT), List.of(1), 1, ENDLESS), failing).run())
                .isInstanceOf(IOException.class).hasMessageContaining("no answer").hasMessageContaining("out of memory");
    }

    private static Plan plan(List<String> candidates, List<Workload> workloads, List<Integer> batches, int rounds, Duration limit) {
        return new Plan(candidates.stream().map(Candidate::named).toList(), workloads, batches, TOKENS, rounds, limit);
    }

    private static String lengths(Workload workload, int questions) {
        int[] lengths = workload.questions(questions).stream().mapToInt(question -> TOKENIZER.encode(question).length).toArray();
        return Arrays.stream(lengths).min().orElseThrow() + " to " + Arrays.stream(lengths).max().orElseThrow();
    }

    /** The same wish, but for the one draft that every version has. */
    private static Selection lookup(Wish wish) throws InvalidDecoding {
        Object decoding = wish.decoding().equals(Candidate.STANDARD.decoding()) ? wish.decoding() : Candidate.named("prompt_lookup").decoding();
        return selector().select(new Wish(decoding, null, wish.promptTokens(), wish.maxTokens(), wish.temperature()));
    }

    private static StrategySelector selector() {
        return new StrategySelector("standard", new ModelTraits(SHAPE, false));
    }

    private StrategiesBench bench(Plan plan, ToyEngine.Faults faults) throws Exception {
        return bench(plan, faults, selector()::select);
    }

    private StrategiesBench bench(Plan plan, ToyEngine.Faults faults, BenchModel.Strategies strategies) throws Exception {
        scheduler = new ContinuousBatchingScheduler(() -> new ToyEngine(SHAPE, 1, faults), TOKENIZER, SchedulerSettings.DEFAULTS);
        return bench(new BenchModel(new Watched(), SHAPE, scheduler::stepCostsKnown, TOKENIZER, TOKENIZER::encode, strategies), plan);
    }

    private StrategiesBench bench(BenchModel model, Plan plan) {
        var runs = new QuietRuns(() -> 0, 1, 0, Duration.ZERO, time -> LockSupport.parkNanos(time.toNanos()));
        var client = new SchedulerClient(model.scheduler(), Duration.ofSeconds(20));
        return new StrategiesBench(model, client, plan, runs, System::nanoTime, progress::add, notes::add);
    }

    /** Remembers what is asked. */
    private final class Watched implements Scheduler {
        @Override
        public Ticket submit(GenerationRequest request, GenerationListener listener) throws QueueFull, NeverFits, ShuttingDown {
            if (asked.isEmpty()) {
                costsKnownBeforeTheFirstRequest = scheduler.stepCostsKnown();
            }
            asked.add(request);
            return scheduler.submit(request, listener);
        }

        @Override
        public void requireRoom(int choices) throws QueueFull, ShuttingDown {
            scheduler.requireRoom(choices);
        }

        @Override
        public SchedulerStatistics statistics() {
            return scheduler.statistics();
        }

        @Override
        public boolean alive(Duration within) {
            return scheduler.alive(within);
        }

        @Override
        public void shutdown(Duration drain) {
            scheduler.shutdown(drain);
        }
    }
}
