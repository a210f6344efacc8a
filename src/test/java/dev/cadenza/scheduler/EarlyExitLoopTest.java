package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.decoding.speculative.EagerEarlyExit;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Turns of several moves in the running batch. */
class EarlyExitLoopTest {
    private final List<StepPlan> plans = new ArrayList<>();
    private ToyEngine.Faults faults = ToyEngine.Faults.NONE;
    private final ToyEngine engine = engine(600);

    private ToyEngine engine(int slots) {
        return new ToyEngine(ToyEngine.shape(10, 200, slots), 3, new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) throws StepFailed {
                plans.add(plan);
                faults.before(plan);
            }

            @Override
            public boolean spoils(Segment segment) {
                return faults.spoils(segment);
            }
        });
    }

    @Test
    void everyExitAndSkipSetGivesTheAnswerOfStandard() {
        int accepted = 0;
        int rejected = 0;
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
            List<Requests> requests = new ArrayList<>();
            List<RecordingListener> listeners = new ArrayList<>();
            for (int mates = random.nextInt(3); mates >= 0; mates--) {
                Requests request = aRequest().seed(seed + 1000L * mates).maxTokens(1 + random.nextInt(40)).sampling(sampling(random))
                        .topLogprobs(random.nextInt(3) - 1).stops(List.of("ab", "cc", " b", "dec").get(random.nextInt(4))).strategy(strategy(random));
                requests.add(request);
                listeners.add(rig.submit(request));
            }

            rig.finish();

            for (int i = 0; i < requests.size(); i++) {
                PlainAnswer alone = PlainAnswer.of(requests.get(i).build(), 0, engine, new ToyTokenizer());
                Finish finish = listeners.get(i).finishes.get(0);
                assertThat(listeners.get(i).failure).as("seed %d", seed).isNull();
                assertThat(listeners.get(i).text(0)).as("seed %d, %s", seed, requests.get(i).strategy()).isEqualTo(alone.text());
                assertThat(finish.completionTokens()).isEqualTo(alone.tokens().length).isEqualTo(finish.report().tokens());
                assertThat(finish.reason()).isEqualTo(alone.reason());
                List<TokenLogprob> told = listeners.get(i).tokens.getOrDefault(0, List.of());
                for (int t = 0; t < told.size(); t++) {
                    assertThat(told.get(t).token()).as("seed %d", seed).isEqualTo(alone.tokens()[t]);
                    assertThat(told.get(t).logprob()).as("seed %d", seed).isEqualTo(alone.logprobs().get(t));
                }
                accepted += finish.report().accepted();
                rejected += finish.report().drafted() - finish.report().accepted();
            }
            assertNothingIsHeld(engine, rig);
        }
        assertThat(accepted).isGreaterThan(1000);
        assertThat(rejected).isGreaterThan(1000);
    }

    @Test
    void countsOfReportTraceAndStepsAddUp() {
        for (Strategy strategy : List.of(EagerEarlyExit.exit(1, 3), EagerEarlyExit.exit(3, 5), EagerEarlyExit.skip(4, 2))) {
            LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
            RecordingListener listener = new RecordingListener(1);
            plans.clear();
            rig.submit(traced(aRequest().maxTokens(60).strategy(strategy)), listener);

            rig.finish();

            DecodingReport report = listener.finishes.get(0).report();
            List<Source> sources = listener.finishes.get(0).trace().stream().map(Finish.Traced::source).toList();
            assertThat(report.drafted()).isGreaterThan(report.accepted()).isEqualTo((int) rig.counters.drafted.get());
            assertThat(report.accepted()).isPositive().isEqualTo((int) rig.counters.accepted.get());
            assertThat(sources.stream().filter(source -> source == Source.DRAFT)).hasSize(report.accepted());
            assertThat(sources).hasSize(60);
            assertThat(report.tokens()).isEqualTo(60);
            assertThat(report.steps()).isEqualTo((int) plans.stream().filter(plan -> plan.segments().getFirst().role() == Role.DECODE).count());
            assertNothingIsHeld(engine, rig);
        }
    }

    @Test
    void emptySkipSetAcceptsAllItsDrafts() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener sampled = rig.submit(aRequest().maxTokens(80).strategy(EagerEarlyExit.skip(5)));
        SamplingParameters best = new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(ToyTokenizer.END, -100f));
        RecordingListener greedy = rig.submit(aRequest().maxTokens(80).sampling(best).strategy(EagerEarlyExit.skip(16)));

        rig.finish();

        for (RecordingListener listener : List.of(sampled, greedy)) {
            DecodingReport report = listener.finishes.get(0).report();
            assertThat(report.accepted()).isEqualTo(report.drafted()).isPositive();
        }
    }

    @Test
    void youngestPutOutInTheMiddleOfATurnGoesOnWithTheSameBytes() {
        for (Strategy strategy : List.of(EagerEarlyExit.exit(2, 6), EagerEarlyExit.skip(6, 1))) {
            int inTheMiddle = 0;
            for (int seed = 0; seed < 30; seed++) {
                ToyEngine small = engine(60);
                LoopRig rig = new LoopRig(small, new SchedulerSettings(8, 1000, 8, 16, 4, Duration.ofSeconds(60), Duration.ZERO, false, true));
                RecordingListener oldest = rig.submit(aRequest().maxTokens(50).seed(seed));
                int[] prompt = new Random(seed).ints(1 + seed % 10, 1, 9).toArray();
                Requests request = aRequest().prompt(prompt).maxTokens(40).seed(seed + 100L).topLogprobs(1).strategy(strategy);
                RecordingListener youngest = rig.submit(request);
                boolean midTurn = false;
                while (rig.busy()) {
                    int running = rig.counters.running();
                    plans.clear();
                    rig.round();
                    boolean putOut = rig.counters.running() < running && !oldest.over() && !youngest.over();
                    inTheMiddle += putOut && midTurn ? 1 : 0;
                    midTurn = plans.stream().flatMap(plan -> plan.segments().stream()).anyMatch(EarlyExitLoopTest::drafts);
                    assertThat(putOut && small.keptStates() > 0).as("hidden states of a sequence that was put out").isFalse();
                }

                assertThat(youngest.text(0)).as("seed %d", seed).isEqualTo(PlainAnswer.of(request.build(), 0, small, new ToyTokenizer()).text());
                assertThat(youngest.finishes.get(0).report().tokens()).isEqualTo(youngest.finishes.get(0).completionTokens());
                assertNothingIsHeld(small, rig);
            }
            assertThat(inTheMiddle).as("%s put out in the middle of a turn", strategy).isPositive();
        }
    }

    @Test
    void cancellationInTheMiddleOfATurnLeaksNothing() {
        for (Strategy strategy : List.of(EagerEarlyExit.exit(2, 6), EagerEarlyExit.skip(6, 1))) {
            for (int rounds = 2; rounds < 12; rounds++) {
                LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
                RecordingListener gone = new RecordingListener(1);
                ActiveRequest ticket = rig.submit(aRequest().maxTokens(50).strategy(strategy), gone);
                RecordingListener mate = rig.submit(aRequest().maxTokens(50).seed(8));
                for (int round = 0; round < rounds; round++) {
                    rig.round();
                }
                int held = engine.keptStates();

                rig.cancel(ticket, gone);
                rig.round();

                assertThat(held).isBetween(0, 7);
                assertThat(engine.keptStates()).isZero();
                rig.finish();
                assertThat(mate.text(0)).isEqualTo(PlainAnswer.of(aRequest().maxTokens(50).seed(8).build(), 0, engine, new ToyTokenizer()).text());
                assertNothingIsHeld(engine, rig);
            }
        }
    }

    @Test
    void failingStepOfATurnIsRepeatedOrFailsItsRequestAlone() {
        for (boolean passing : new boolean[] {true, false}) {
            for (Strategy strategy : List.of(EagerEarlyExit.exit(2, 3), EagerEarlyExit.skip(3, 1))) {
                int[] failures = {0};
                // Of turns' moves that do not begin them, alone or together with a mate's.
                faults = new ToyEngine.Faults() {
                    @Override
                    public void before(StepPlan plan) throws StepFailed {
                        boolean meets = plan.segments().stream().anyMatch(s -> s.region().open() > 0) && (!passing || plan.segments().size() > 1);
                        if (meets && (passing || failures[0] > 0 || plan.segments().stream().anyMatch(s -> s.region().open() > 1))) {
                            failures[0]++;
                            throw new StepFailed("a fault", null, Set.of());
                        }
                    }
                };
                LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
                Requests request = aRequest().maxTokens(30).strategy(strategy);
                RecordingListener drafting = rig.submit(request);
                RecordingListener mate = rig.submit(aRequest().maxTokens(30).seed(8));

                rig.finish();

                assertThat(failures[0]).isPositive();
                assertThat(mate.text(0)).isEqualTo(PlainAnswer.of(aRequest().maxTokens(30).seed(8).build(), 0, engine, new ToyTokenizer()).text());
                if (passing) {
                    assertThat(drafting.text(0)).isEqualTo(PlainAnswer.of(request.build(), 0, engine, new ToyTokenizer()).text());
                } else {
                    assertThat(drafting.failure).isInstanceOf(EngineFailure.class);
                }
                assertNothingIsHeld(engine, rig);
            }
        }
    }

    @Test
    void spoiledVerificationFailsItsRequestAndLeaksNothing() {
        faults = new ToyEngine.Faults() {
            @Override
            public boolean spoils(Segment segment) {
                return segment.input() instanceof Input.Hidden;
            }
        };
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener drafting = rig.submit(aRequest().strategy(EagerEarlyExit.exit(2, 3)));
        RecordingListener mate = rig.submit(aRequest().seed(8));

        rig.finish();

        assertThat(drafting.failure).isInstanceOf(EngineFailure.class);
        assertThat(mate.finishes).hasSize(1);
        assertNothingIsHeld(engine, rig);
    }

    @Test
    void twoThatDecodeTogetherDraftNothingAndTheOneLeftOverDoes() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        Strategy strategy = Decodings.speculative(Map.of("draft", "early_exit", "exit_layer", 1));
        RecordingListener shorter = rig.submit(aRequest().maxTokens(40).strategy(strategy));
        RecordingListener longer = rig.submit(aRequest().maxTokens(90).seed(8).strategy(strategy));

        rig.finish();

        List<StepPlan> shared = plans.stream().filter(plan -> plan.segments().stream().filter(s -> s.role() == Role.DECODE).count() == 2).toList();
        assertThat(shared).hasSize(39);
        assertThat(drafting(shared)).isZero();
        assertThat(drafting(plans)).isPositive();
        assertThat(shorter.finishes.get(0).report().steps()).isBetween(39, 42);
        assertThat(longer.finishes.get(0).report().drafted()).isPositive();
    }

    private static long drafting(List<StepPlan> plans) {
        return plans.stream().flatMap(plan -> plan.segments().stream()).filter(EarlyExitLoopTest::drafts).count();
    }

    private static boolean drafts(Segment segment) {
        return segment.input() instanceof Input.Tokens && !segment.layers().equals(LayerSet.ALL);
    }

    private static void assertNothingIsHeld(ToyEngine engine, LoopRig rig) {
        assertThat(engine.keptStates()).as("hidden states").isZero();
        rig.loop.abort(new AssertionError("nothing is left to abort"));
        assertThat(engine.kvBytesUsed()).as("KV bytes").isZero();
    }

    private static Strategy strategy(Random random) {
        int maxDraft = 1 + random.nextInt(8);
        return random.nextBoolean() ? EagerEarlyExit.exit(1 + random.nextInt(3), maxDraft)
                : EagerEarlyExit.skip(maxDraft, IntStream.of(1, 2).filter(_ -> random.nextBoolean()).toArray());
    }

    private static SamplingParameters sampling(Random random) {
        boolean penalties = random.nextBoolean();
        return new SamplingParameters(random.nextInt(3) == 0 ? 0 : 0.2f + random.nextFloat(), random.nextInt(4) == 0 ? 1 + random.nextInt(9) : 0,
                random.nextInt(4) == 0 ? 0.5f + random.nextFloat() / 2 : 1, random.nextInt(4) == 0 ? 0.1f : 0,
                penalties ? random.nextFloat() - 0.5f : 0, penalties ? random.nextFloat() - 0.5f : 0, penalties ? 1.2f : 1,
                Map.of(ToyTokenizer.END, random.nextBoolean() ? -100f : -3f, 1 + random.nextInt(4), random.nextFloat()));
    }

    private static GenerationRequest traced(Requests request) {
        GenerationRequest plain = request.build();
        return new GenerationRequest(plain.id(), plain.prompt(), plain.choices(), plain.maxTokens(), plain.sampling(), plain.seed(),
                plain.topLogprobs(), plain.stops(), plain.strategy(), plain.reason(), true, plain.scope(), plain.memory());
    }
}
