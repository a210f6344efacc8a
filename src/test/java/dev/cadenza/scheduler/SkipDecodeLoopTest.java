package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.skip.DepthSchedule;
import dev.cadenza.decoding.skip.SkipDecode;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What SkipDecode leaves in memory, and what it runs; that every answer is its oracle's, SchedulerPropertyTest shows. */
class SkipDecodeLoopTest {
    private static final int LAYERS = 4;
    private static final int BLOCK = 4;
    private static final int TOKENS = 40;
    private static final List<DepthSchedule> SCHEDULES = List.of(new DepthSchedule(LAYERS, 4, 1, 0, 30), new DepthSchedule(LAYERS, 4, 2, 1, 9),
            new DepthSchedule(LAYERS, 3, 2, 1, 17), new DepthSchedule(LAYERS, 2, 1, 0, 1), new DepthSchedule(LAYERS, 4, 4, 1, 5));
    private static final int[] PROMPT = {1, 2, 3, 1, 2, 8, 3, 1, 4, 2};

    /** The repair of a hole would be a layer that grows again. */
    @Test
    void aLayerHoldsExactlyThePositionsThatRanItAndAHoleIsNeverFilled() {
        for (DepthSchedule schedule : SCHEDULES) {
            List<Integer> settled = new ArrayList<>();
            LoopRig rig = rig(segment -> {
                Region region = segment.region();
                int answered = Math.max(0, region.settled() - PROMPT.length);
                for (int layer = 0; layer < LAYERS; layer++) {
                    int l = layer;
                    long ran = region.settled() - answered + IntStream.range(0, answered).filter(i -> schedule.set(i).contains(l)).count();
                    assertThat(region.written(layer)).as("%s, layer %d of %d positions", schedule, layer, region.settled()).isEqualTo((int) ran);
                    assertThat(segment.layers().contains(layer) && ran < region.settled()).as("a row needs layer %d of all before it", layer).isFalse();
                }
                settled.add(region.settled());
            });

            Finish finish = run(rig, aRequest().prompt(PROMPT).maxTokens(TOKENS).strategy(new SkipDecode(schedule)));

            assertThat(finish.report().steps()).isEqualTo(TOKENS - 1);
            assertThat(settled).isSorted().endsWith(PROMPT.length + TOKENS - 2);
        }
    }

    @Test
    void anotherRequestReusesThePromptAndNothingOfTheAnswer() {
        for (DepthSchedule schedule : SCHEDULES) {
            Requests first = aRequest().prompt(PROMPT).maxTokens(TOKENS).strategy(new SkipDecode(schedule));
            int[] answer = tokens(run(rig(_ -> { }), first));
            int[] conversation = IntStream.concat(IntStream.concat(IntStream.of(PROMPT), IntStream.of(answer)), IntStream.of(2, 3)).toArray();
            for (Strategy strategy : List.of(new Standard(), new SkipDecode(schedule))) {
                Requests second = aRequest().prompt(conversation).maxTokens(TOKENS).seed(9).strategy(strategy);
                Finish cold = run(rig(_ -> { }), second);

                LoopRig afterwards = rig(_ -> { });
                run(afterwards, first);
                assertReuses(run(afterwards, second), cold);

                LoopRig meanwhile = rig(_ -> { });
                var running = new RecordingListener(1);
                meanwhile.submit(first.traced(), running);
                IntStream.range(0, TOKENS / 2).forEach(_ -> meanwhile.round());
                assertThat(running.over()).isFalse();
                assertReuses(run(meanwhile, second), cold);
                assertThat(tokens(running.finishes.get(0))).isEqualTo(answer);
            }
        }
    }

    private static void assertReuses(Finish warm, Finish cold) {
        assertThat(cold.cachedTokens()).isZero();
        assertThat(warm.cachedTokens()).isEqualTo(PROMPT.length / BLOCK * BLOCK);
        assertThat(tokens(warm)).isEqualTo(tokens(cold));
    }

    @Test
    void inAMixedBatchEachLayerRunsTheRowsThatNeedItAndNoOther() {
        long[] ran = new long[LAYERS];
        int[] together = {0};
        LoopRig rig = rig(segment -> {
            if (segment.role() == Role.DECODE) {
                IntStream.range(0, LAYERS).filter(segment.layers()::contains).forEach(layer -> ran[layer] += segment.rows());
            } else {
                assertThat(segment.layers()).as("the prompt").isEqualTo(LayerSet.ALL);
            }
        }, plan -> together[0] = Math.max(together[0], plan.segments().size()));
        List<RecordingListener> listeners = new ArrayList<>();
        for (DepthSchedule schedule : SCHEDULES) {
            listeners.add(rig.submit(aRequest().prompt(PROMPT).maxTokens(TOKENS).strategy(new SkipDecode(schedule))));
            listeners.add(rig.submit(aRequest().prompt(3, 2, 1).maxTokens(TOKENS - 3 * listeners.size()).strategy(new Standard())));
        }

        rig.finish();

        long[] needed = new long[LAYERS];
        for (int i = 0; i < listeners.size(); i++) {
            Finish finish = listeners.get(i).finishes.get(0);
            int rows = finish.completionTokens() - 1;
            DepthSchedule schedule = i % 2 == 0 ? SCHEDULES.get(i / 2) : new DepthSchedule(LAYERS, LAYERS, LAYERS, 0, 1);
            IntStream.range(0, rows).forEach(row -> IntStream.range(0, LAYERS).filter(schedule.set(row)::contains).forEach(layer -> needed[layer]++));
            if (i % 2 == 0) {
                long closed = LAYERS + IntStream.range(0, rows).mapToLong(schedule::depth).sum();
                assertThat(finish.report().layersRun()).isEqualTo(closed);
                assertThat(finish.report().layersFull()).isEqualTo(LAYERS * (rows + 1));
            }
        }
        assertThat(ran).isEqualTo(needed);
        assertThat(Arrays.stream(ran).distinct().count()).as("layers differ").isGreaterThan(2);
        assertThat(together[0]).isEqualTo(listeners.size());
    }

    private static int[] tokens(Finish finish) {
        return finish.trace().stream().mapToInt(Finish.Traced::token).toArray();
    }

    private static Finish run(LoopRig rig, Requests request) {
        var listener = new RecordingListener(1);
        rig.submit(request.traced(), listener);
        rig.finish();
        return listener.finishes.get(0);
    }

    private static LoopRig rig(Consumer<Segment> watcher) {
        return rig(watcher, _ -> { });
    }

    /** @param segments, plans see everything before it runs */
    private static LoopRig rig(Consumer<Segment> segments, Consumer<StepPlan> plans) {
        var watching = new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) {
                plans.accept(plan);
                plan.segments().forEach(segment -> {
                    assertThat(segment.input()).isInstanceOf(Input.Tokens.class);
                    segments.accept(segment);
                });
            }
        };
        var settings = new SchedulerSettings(16, 1000, 40, 16, 256, LoopRig.SETTINGS.stallLimit(), LoopRig.SETTINGS.readyPoll(), false, true);
        return new LoopRig(new ToyEngine(ToyEngine.shape(10, 200, 2000), 3, watching), settings);
    }
}
