package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.speculative.ExampleDrafts;
import dev.cadenza.engine.Input;
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
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModelLoopTest {
    private final List<StepPlan> plans = new ArrayList<>();
    private final ToyEngine engine = engine(600);

    private ToyEngine engine(int slots) {
        return new ToyEngine(ToyEngine.shape(10, 200, slots), 3, new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) throws StepFailed {
                plans.add(plan);
                if (plan.segments().stream().anyMatch(ModelLoopTest::marked)) {
                    throw new StepFailed("marked", null, Set.of());
                }
            }
        });
    }

    private static boolean marked(Segment segment) {
        return segment.input() instanceof Input.Tokens tokens && IntStream.of(tokens.ids()).anyMatch(token -> token == ToyTokenizer.UNSAID);
    }

    @Test
    void cancelledSequenceFreesItsKvWithinOneStepAndItsListenerHearsNothingMore() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener gone = new RecordingListener(2);
        ActiveRequest ticket = rig.submit(aRequest().choices(2).maxTokens(100), gone);
        RecordingListener mate = rig.submit(aRequest().maxTokens(100));
        rig.round();
        rig.round();
        long before = engine.kvBytesUsed();

        rig.cancel(ticket, gone);
        rig.round();

        assertThat(engine.kvBytesUsed()).isEqualTo(before / 3);
        rig.finish();
        assertThat(mate.finishes).hasSize(1);
        assertThat(gone.finishes).isEmpty();
    }

    @Test
    void cancelledWaitingRequestLeavesTheLine() {
        LoopRig rig = new LoopRig(engine, settings(1, 8, 256));
        rig.submit(aRequest());
        RecordingListener gone = new RecordingListener(3);
        ActiveRequest ticket = rig.submit(aRequest().choices(3), gone);
        rig.round();
        assertThat(rig.inbox.waiting()).isEqualTo(3);

        rig.cancel(ticket, gone);
        rig.round();

        assertThat(rig.inbox.waiting()).isZero();
        assertThat(gone.admitted).isFalse();
    }

    @Test
    void failingStepFailsOnlyItsGuiltyRowsAndMatesGoOnUnchanged() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        List<RecordingListener> innocent = new ArrayList<>();
        List<RecordingListener> guilty = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            innocent.add(rig.submit(aRequest().seed(i)));
            // The mark is its second answer token, so it fails while decoding.
            guilty.add(i == 2 ? rig.submit(aRequest().sampling(biased(ToyTokenizer.UNSAID, 100))) : new RecordingListener(1));
        }

        rig.finish();

        assertThat(guilty.get(2).failure).isInstanceOf(EngineFailure.class).hasMessageContaining("marked");
        for (int i = 0; i < 5; i++) {
            assertThat(innocent.get(i).text(0)).isEqualTo(PlainAnswer.of(aRequest().seed(i).build(), 0, engine, new ToyTokenizer()).text());
        }
        assertThat(engine.kvBytesUsed()).isEqualTo(rig.counters.keptBytes());
    }

    @Test
    void preemptedYoungestResumesWithTheSameBytesAndTheOldestIsNeverPutOut() {
        ToyEngine small = engine(60);
        LoopRig rig = new LoopRig(small, settings(8, 8, 4));
        RecordingListener oldest = rig.submit(aRequest().maxTokens(50).seed(1));
        RecordingListener youngest = rig.submit(aRequest().maxTokens(50).seed(2).topLogprobs(1));
        int preemptions = 0;
        int running = 0;
        while (rig.busy()) {
            rig.round();
            preemptions += rig.counters.running() < running && !oldest.over() ? 1 : 0;
            running = rig.counters.running();
        }

        assertThat(preemptions).isPositive();
        for (RecordingListener listener : List.of(oldest, youngest)) {
            PlainAnswer alone = PlainAnswer.of(aRequest().maxTokens(50).seed(listener == oldest ? 1 : 2).build(), 0, small, new ToyTokenizer());
            assertThat(listener.text(0)).isEqualTo(alone.text());
            assertThat(listener.finishes.get(0).report().steps()).isEqualTo(49);
        }
    }

    @Test
    void decodeRowsComeFirstAndPrefillIsChunkedUnderTheBudget() {
        LoopRig rig = new LoopRig(engine, settings(8, 11, 256));
        rig.submit(aRequest().prompt(1, 2).maxTokens(40));
        rig.round();
        rig.submit(aRequest().prompt(IntStream.range(0, 22).map(i -> 1 + i % 8).toArray()).maxTokens(2));
        rig.submit(aRequest().prompt(3, 4, 5).maxTokens(2));

        IntStream.range(0, 3).forEach(_ -> rig.round());

        assertThat(plans.stream().map(plan -> plan.segments().stream().map(s -> s.role() + " " + s.rows()).toList()))
                .containsExactly(List.of("PREFILL 2"), List.of("DECODE 1", "PREFILL 8"), List.of("DECODE 1", "PREFILL 8"),
                        List.of("DECODE 1", "PREFILL 6"));
        rig.finish();
    }

    @Test
    void budgetBelowABlockStillPrefillsABlock() {
        LoopRig rig = new LoopRig(engine, settings(8, 1, 256));
        RecordingListener listener = rig.submit(aRequest().prompt(1, 2, 3, 4, 5).maxTokens(1));

        rig.finish();

        assertThat(plans.stream().map(StepPlan::rows)).containsExactly(4, 1);
        assertThat(listener.finishes).hasSize(1);
    }

    @Test
    void nobodyOvertakesAWaitingRequestThatIsTooBigForNow() {
        ToyEngine small = engine(100);
        LoopRig rig = new LoopRig(small, LoopRig.SETTINGS);
        RecordingListener running = rig.submit(aRequest().maxTokens(50));
        rig.round();
        RecordingListener big = rig.submit(aRequest().maxTokens(90));
        RecordingListener later = rig.submit(aRequest().maxTokens(5));

        while (!big.admitted) {
            rig.round();
            assertThat(later.admitted && !big.admitted).isFalse();
        }

        assertThat(running.over()).isTrue();
        rig.finish();
    }

    @Test
    void slowClientGetsNoRowsWhileItsMatesGoOn() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener slow = rig.submit(aRequest().maxTokens(20));
        RecordingListener mate = rig.submit(aRequest().maxTokens(20).seed(8));
        rig.round();
        slow.ready = false;
        String before = slow.text(0);

        while (!mate.over()) {
            rig.round();
        }

        assertThat(slow.text(0)).isEqualTo(before);
        assertThat(plans.getLast().segments()).hasSize(1);
        slow.ready = true;
        rig.finish();
        assertThat(slow.text(0)).isEqualTo(PlainAnswer.of(aRequest().maxTokens(20).build(), 0, engine, new ToyTokenizer()).text());
    }

    @Test
    void clientThatTakesNothingForTheLimitFails() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener slow = rig.submit(aRequest().maxTokens(20));
        rig.round();
        slow.ready = false;
        rig.round();
        rig.now += Duration.ofSeconds(59).toNanos();
        rig.round();
        assertThat(slow.failure).isNull();

        rig.now += Duration.ofSeconds(1).toNanos();
        rig.round();

        assertThat(slow.failure).isInstanceOf(ClientStalled.class);
        assertThat(engine.kvBytesUsed()).isEqualTo(rig.counters.keptBytes());
    }

    @Test
    void throwingListenerFailsItsOwnRequestOnly() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener broken = new RecordingListener(2) {
            @Override
            public synchronized void text(int choice, String text, List<TokenLogprob> completed) {
                throw new StackOverflowError("broken listener");
            }
        };
        rig.submit(aRequest().choices(2), broken);
        RecordingListener mate = rig.submit(aRequest().seed(4));

        rig.finish();

        assertThat(broken.failure).isInstanceOf(StackOverflowError.class);
        assertThat(mate.text(0)).isEqualTo(PlainAnswer.of(aRequest().seed(4).build(), 0, engine, new ToyTokenizer()).text());
        assertThat(engine.kvBytesUsed()).isEqualTo(rig.counters.keptBytes());
    }

    @Test
    void throwingStrategyFailsItsOwnRequestOnly() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener broken = rig.submit(aRequest().strategy(new Strategy() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public Guarantee guarantee() {
                return Guarantee.LOSSLESS;
            }

            @Override
            public Decoder start(SequenceStart start) {
                throw new IllegalStateException("broken strategy");
            }
        }));
        RecordingListener mate = rig.submit(aRequest());

        rig.finish();

        assertThat(broken.failure).hasMessage("broken strategy");
        assertThat(mate.finishes).hasSize(1);
        assertThat(engine.kvBytesUsed()).isEqualTo(rig.counters.keptBytes());
    }

    @Test
    void choicesDifferAndShareOneListener() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener listener = rig.submit(aRequest().choices(3).maxTokens(30));

        rig.finish();

        assertThat(listener.finishes).hasSize(3);
        assertThat(listener.texts.values().stream().map(StringBuilder::toString).distinct()).hasSizeGreaterThan(1);
    }

    @Test
    void speculativeAnswerHasTheSameBytesInFewerSteps() {
        // A negative penalty rewards what was said before: the answer falls into a loop.
        SamplingParameters looping = new SamplingParameters(1, 0, 1, 0, -1, 0, 1, Map.of(ToyTokenizer.END, -100f));
        Requests request = aRequest().sampling(looping).maxTokens(100);
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener standard = rig.submit(request);
        rig.finish();
        RecordingListener drafted = rig.submit(request.strategy(Decodings.speculative(Map.of())));
        rig.finish();

        Finish finish = drafted.finishes.get(0);
        assertThat(drafted.text(0)).isEqualTo(standard.text(0));
        assertThat(finish.completionTokens()).isEqualTo(standard.finishes.get(0).completionTokens());
        assertThat(finish.report().accepted()).isPositive();
        assertThat(finish.report().steps() + finish.report().accepted()).isEqualTo(finish.completionTokens() - 1);
        assertThat(finish.report().steps()).isLessThan(standard.finishes.get(0).report().steps() / 2);
    }

    @Test
    void theExampleOfAStrategyThatIsAddedDraftsWhatStandardDraws() {
        SamplingParameters looping = new SamplingParameters(1, 0, 1, 0, -1, 0, 1, Map.of(ToyTokenizer.END, -100f));
        Requests request = aRequest().sampling(looping).maxTokens(100);
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener standard = rig.submit(request);
        rig.finish();
        RecordingListener drafted = rig.submit(request.strategy(ExampleDrafts.followers(8)));
        rig.finish();

        assertThat(drafted.text(0)).isEqualTo(standard.text(0));
        assertThat(drafted.finishes.get(0).report().draft()).isEqualTo("followers");
        assertThat(drafted.finishes.get(0).report().accepted()).isGreaterThan(20);
    }

    @Test
    void acceptedDraftBehindAStopStringIsDroppedAndNotCounted() {
        SamplingParameters one = new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(3, 100f));
        Requests request = aRequest().prompt(3, 3, 3).sampling(one).maxTokens(50).stops("ccccc").topLogprobs(0);
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        RecordingListener standard = rig.submit(request);
        RecordingListener drafted = rig.submit(request.strategy(Decodings.speculative(Map.of())));

        rig.finish();

        Finish finish = drafted.finishes.get(0);
        assertThat(rig.counters.accepted.get()).as("drafts went past the stop").isGreaterThanOrEqualTo(4);
        assertThat(finish.stopString()).isEqualTo("ccccc");
        assertThat(finish.completionTokens()).isEqualTo(5).isEqualTo(standard.finishes.get(0).completionTokens()).isEqualTo(finish.report().tokens());
        assertThat(finish.report().accepted()).isEqualTo(finish.completionTokens() - 1 - 1);
        assertThat(drafted.text(0)).isEqualTo(standard.text(0)).isEmpty();
        assertThat(drafted.tokens).isEqualTo(standard.tokens);
    }

    @Test
    void draftsFillAStepOnlyAsFarAsDecodeRowsLeaveRoom() {
        SamplingParameters one = new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(3, 100f));
        Requests request = aRequest().prompt(3, 3, 3).sampling(one).maxTokens(150).strategy(Decodings.speculative(Map.of()));
        LoopRig rig = new LoopRig(engine(1000), LoopRig.SETTINGS);
        rig.submit(request);
        rig.submit(request);
        rig.submit(request);

        rig.finish();

        assertThat(plans.stream().filter(plan -> plan.segments().getFirst().role() == Role.DECODE).mapToInt(StepPlan::rows).max().orElseThrow()).isBetween(12, 16);
        assertThat(rig.counters.accepted.get()).isEqualTo(rig.counters.drafted.get()).isGreaterThan(300);
    }

    @Test
    void promptTokensAreComputedInPrefillRoleAndAnswerTokensInDecodeRole() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        rig.submit(aRequest().prompt(1, 2, 3, 4, 5).maxTokens(3));

        rig.finish();

        assertThat(plans.stream().map(plan -> plan.segments().getFirst().role())).containsExactly(Role.PREFILL, Role.DECODE, Role.DECODE);
        assertThat(rig.counters.promptTokens.get()).isEqualTo(5);
        assertThat(rig.counters.generatedTokens.get()).isEqualTo(3);
        assertThat(rig.counters.steps.get()).isEqualTo(3);
    }

    private static SchedulerSettings settings(int maxRunning, int prefillTokens, int reservation) {
        return new SchedulerSettings(maxRunning, 1000, prefillTokens, 16, reservation, Duration.ofSeconds(60), Duration.ZERO, false, true);
    }

    private static SamplingParameters biased(int token, float bias) {
        return new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(token, bias));
    }
}
