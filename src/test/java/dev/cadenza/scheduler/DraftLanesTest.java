package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DraftLanesTest {
    private static final int SEED = 3;
    private static final Strategy DRAFTED = Decodings.speculative(Map.of("draft", "model"));
    /** Whole draft chunks, so that both engines compute it in the same role. */
    private static final int[] PROMPT = new Random(1).ints(64, 1, 9).toArray();

    private final List<StepPlan> draftPlans = new ArrayList<>();
    private ToyEngine engine;
    private ToyEngine draft;

    /** Small by its shape, so that its steps are known to be cheap. */
    private static Shape small(int layers, int slots) {
        return new Shape(layers, 1, 10, 200, 64, 64L * slots, 4, true);
    }

    private ToyEngine draft(int layers, int slots, long seed) {
        draft = new ToyEngine(small(layers, slots), seed, new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) {
                draftPlans.add(plan);
            }
        });
        return draft;
    }

    private LoopRig rig(ToyEngine drafting) {
        return rig(drafting, LoopRig.SETTINGS);
    }

    private LoopRig rig(ToyEngine drafting, SchedulerSettings settings) {
        draft = drafting;
        engine = new ToyEngine(ToyEngine.shape(10, 200, 600), SEED, ToyEngine.Faults.NONE);
        return new LoopRig(engine, drafting, settings);
    }

    @AfterEach
    void nothingIsLeft() {
        if (draft != null) {
            assertThat(draft.kvBytesUsed()).isZero();
        }
    }

    @Test
    void draftsOfTheSameModelAreAllAcceptedAndOfAnotherSomeAreNot() {
        Requests request = aRequest().prompt(PROMPT).maxTokens(60).strategy(DRAFTED);
        LoopRig same = rig(draft(4, 600, SEED));
        RecordingListener listener = same.submit(request);
        same.finish();
        nothingIsLeft();
        LoopRig other = rig(draft(4, 600, SEED + 1));
        RecordingListener rejected = other.submit(request);
        other.finish();
        nothingIsLeft();
        LoopRig shorter = rig(draft(1, 600, SEED));
        RecordingListener mixed = shorter.submit(request);
        shorter.finish();

        DecodingReport report = listener.finishes.get(0).report();
        assertThat(report.draft()).isEqualTo("model");
        assertThat(report.accepted()).isEqualTo(report.drafted()).isGreaterThan(30);
        assertThat(report.steps() + report.accepted()).isEqualTo(59);
        DecodingReport otherReport = rejected.finishes.get(0).report();
        assertThat(otherReport.accepted()).isLessThan(otherReport.drafted());
        DecodingReport mixedReport = mixed.finishes.get(0).report();
        assertThat(mixedReport.accepted()).isBetween(1, mixedReport.drafted() - 1);
        String alone = PlainAnswer.of(request.build(), 0, engine, new ToyTokenizer()).text();
        assertThat(List.of(listener.text(0), rejected.text(0), mixed.text(0))).containsOnly(alone);
    }

    @Test
    void promptIsCaughtUpInChunksWhileTheSequenceDecodesPlainlyThenOnlyWhatIsMissingIsComputed() {
        int[] prompt = new Random(2).ints(150, 1, 9).toArray();
        LoopRig rig = rig(draft(4, 600, SEED));
        RecordingListener listener = rig.submit(aRequest().prompt(prompt).maxTokens(20).strategy(DRAFTED));

        rig.finish();

        List<Integer> rows = draftPlans.stream().map(StepPlan::rows).toList();
        // Two chunks, in two turns; then the rest of the prompt and what was said meanwhile.
        assertThat(rows.subList(0, 4)).containsExactly(64, 64, 150 - 128 + 3, 1);
        assertThat(draftPlans.get(0).segments().getFirst().role()).isEqualTo(Role.PREFILL);
        assertThat(draftPlans.get(2).segments().getFirst().role()).isEqualTo(Role.DECODE);
        // After a draft that is accepted whole, its last token has not been computed: it and the one behind it.
        assertThat(rows.subList(4, rows.size())).allMatch(count -> count <= 2).contains(2);
        assertThat(listener.finishes).hasSize(1);
    }

    @Test
    void movesOfAllSequencesOfARoundShareSteps() {
        LoopRig rig = rig(draft(4, 600, SEED));
        for (int i = 0; i < 3; i++) {
            rig.submit(aRequest().seed(i).maxTokens(30).strategy(DRAFTED));
        }
        rig.submit(aRequest().strategy(new Standard()).maxTokens(30));

        rig.finish();

        assertThat(draftPlans).anySatisfy(plan -> assertThat(plan.segments()).hasSize(3));
        assertThat(rig.counters.draftSteps.get()).isEqualTo(draftPlans.size());
        assertThat(rig.counters.steps.get()).isLessThan(40);
    }

    @Test
    void cancelledSequenceFreesItsLaneWithinOneStep() {
        LoopRig rig = rig(draft(4, 600, SEED));
        RecordingListener gone = new RecordingListener(1);
        ActiveRequest ticket = rig.submit(aRequest().maxTokens(100).strategy(DRAFTED), gone);
        while (draft.kvBytesUsed() == 0) {
            rig.round();
        }

        rig.cancel(ticket, gone);
        rig.round();

        assertThat(draft.kvBytesUsed()).isZero();
    }

    @Test
    void withoutRoomForALaneTheSequenceDecodesPlainly() {
        Requests request = aRequest().maxTokens(30).strategy(DRAFTED);
        LoopRig rig = rig(draft(4, 10, SEED));
        RecordingListener listener = rig.submit(request);

        rig.finish();

        assertThat(draftPlans).isEmpty();
        assertThat(listener.finishes.get(0).report().drafted()).isZero();
        assertThat(listener.text(0)).isEqualTo(PlainAnswer.of(request.build(), 0, engine, new ToyTokenizer()).text());
    }

    @Test
    void fullLaneThatCannotGrowIsGivenUpAndTheSequenceGoesOn() {
        SchedulerSettings little = new SchedulerSettings(8, 1000, 8, 16, 4, LoopRig.SETTINGS.stallLimit(), LoopRig.SETTINGS.readyPoll(), false, true);
        Requests request = aRequest().maxTokens(60).strategy(DRAFTED);
        LoopRig rig = rig(draft(4, 20, SEED), little);
        RecordingListener listener = rig.submit(request);
        while (draft.kvBytesUsed() == 0) {
            rig.round();
        }
        while (draft.kvBytesUsed() > 0) {
            rig.round();
        }
        assertThat(listener.over()).as("still decoding").isFalse();
        int steps = draftPlans.size();

        rig.finish();

        assertThat(draftPlans).hasSize(steps);
        assertThat(listener.finishes.get(0).report().accepted()).isPositive();
        assertThat(listener.text(0)).isEqualTo(PlainAnswer.of(request.build(), 0, engine, new ToyTokenizer()).text());
    }

    @Test
    void failingDraftStepCostsTheDraftAlone() {
        for (boolean spoils : new boolean[] {true, false}) {
            int[] steps = {0};
            draft = new ToyEngine(small(4, 600), SEED, new ToyEngine.Faults() {
                @Override
                public void before(StepPlan plan) throws StepFailed {
                    if (++steps[0] > 5 && !spoils) {
                        throw new StepFailed("draft fault", null, Set.of());
                    }
                }

                @Override
                public boolean spoils(Segment segment) {
                    return spoils && steps[0] > 5;
                }
            });
            LoopRig rig = rig(draft);
            List<Requests> requests = new ArrayList<>();
            List<RecordingListener> listeners = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                requests.add(aRequest().seed(i).maxTokens(40).strategy(DRAFTED));
                listeners.add(rig.submit(requests.getLast()));
            }

            rig.finish();

            for (int i = 0; i < 3; i++) {
                assertThat(listeners.get(i).failure).isNull();
                assertThat(listeners.get(i).text(0)).isEqualTo(PlainAnswer.of(requests.get(i).build(), 0, engine, new ToyTokenizer()).text());
            }
            assertThat(draft.kvBytesUsed()).isZero();
        }
    }

    @Test
    void decoderThatAsksTheDraftModelWithoutEndFailsItsOwnRequestOnly() {
        LoopRig rig = rig(draft(4, 600, SEED));
        RecordingListener endless = rig.submit(aRequest().strategy(new Endless(1)));
        RecordingListener large = rig.submit(aRequest().strategy(new Endless(65)));
        Requests request = aRequest().maxTokens(20).strategy(DRAFTED);
        RecordingListener mate = rig.submit(request);

        rig.finish();

        assertThat(endless.failure).hasMessageContaining("asks the draft model for 1 tokens after 128");
        assertThat(large.failure).hasMessageContaining("asks the draft model for 65 tokens after 0");
        assertThat(mate.text(0)).isEqualTo(PlainAnswer.of(request.build(), 0, engine, new ToyTokenizer()).text());
    }

    @Test
    void schedulerClosesBothEnginesAndRefusesAnotherVocabulary() throws Exception {
        ToyEngine[] made = new ToyEngine[2];
        CompletableFuture<ToyTokenizer> tokenizer = CompletableFuture.completedFuture(new ToyTokenizer());
        Callable<ToyEngine> model = () -> made[0] = new ToyEngine(ToyEngine.shape(10, 200, 600), SEED, ToyEngine.Faults.NONE);
        Callable<ToyEngine> small = () -> made[1] = new ToyEngine(small(4, 600), SEED, ToyEngine.Faults.NONE);
        Callable<ToyEngine> other = () -> made[1] = new ToyEngine(ToyEngine.shape(11, 200, 600), SEED, ToyEngine.Faults.NONE);
        try (var scheduler = new ContinuousBatchingScheduler(model, Optional.of(small), tokenizer, LoopRig.SETTINGS)) {
            RecordingListener listener = new RecordingListener(1);
            scheduler.submit(aRequest().maxTokens(60).strategy(DRAFTED).build(), listener);
            listener.await();
            assertThat(listener.finishes.get(0).report().accepted()).isPositive();
        }
        assertThat(made[0].closed()).isTrue();
        assertThat(made[1].closed()).isTrue();

        assertThatThrownBy(() -> new ContinuousBatchingScheduler(model, Optional.of(other), tokenizer, LoopRig.SETTINGS))
                .isInstanceOf(EngineFailure.class).hasMessageContaining("vocabulary of 11 tokens").hasMessageContaining("has 10");
        assertThat(made[0].closed()).isTrue();
        assertThat(made[1].closed()).isTrue();
    }

    /** Never has enough of the draft model. */
    private record Endless(int tokens) implements Strategy {
        @Override
        public String name() {
            return "endless";
        }

        @Override
        public Guarantee guarantee() {
            return Guarantee.LOSSLESS;
        }

        @Override
        public Decoder start(SequenceStart start) {
            Decoder plain = new Standard().start(start);
            return new Decoder() {
                @Override
                public double[] prospects(int most) {
                    return new double[] {1};
                }

                @Override
                public Move next(Grant grant) {
                    return grant.draftModel() ? new Move.OnDraftModel(0, new int[tokens], List.of()) : plain.next(grant);
                }

                @Override
                public Turn accept(SegmentResult result) {
                    return result.samples().isEmpty() ? Turn.GOES_ON : plain.accept(result);
                }

                @Override
                public DecodingReport report(int dropped) {
                    return plain.report(dropped);
                }
            };
        }
    }
}
