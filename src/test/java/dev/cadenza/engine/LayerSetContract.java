package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every engine of four layers or more must do with layer sets and taps. */
public abstract class LayerSetContract extends EngineFixture {

    @Test
    void layerLeftOutIsIdentityAndIsNotWritten() throws Exception {
        for (int left : new int[] {0, layers() / 2, layers() - 1}) {
            try (Region region = prefilled(prompt(9, 1))) {
                List<float[]> states = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, without(left), tapsOf(1))).taps();
                region.keep(0, 1);

                for (int layer = 0; layer < layers(); layer++) {
                    boolean same = Arrays.equals(states.get(layer), states.get(layer + 1));
                    assertThat(same).as("layer %d is identity, %d left out", layer, left).isEqualTo(layer == left);
                    assertThat(region.written(layer)).as("layer %d, %d left out", layer, left).isEqualTo(layer == left ? 9 : 11);
                }
            }
        }
    }

    @Test
    void setOfAllLayersIsAll() throws Exception {
        int[] taps = {0, 1, layers()};
        SegmentResult plain;
        try (Region region = prefilled(prompt(9, 1))) {
            plain = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, everything(2, taps)));
        }
        BitSet every = new BitSet();
        every.set(0, layers());
        for (LayerSet set : List.of(LayerSet.of(every), LayerSet.range(0, layers()), ends(layers() - 1, 1), ends(0, layers()))) {
            try (Region region = prefilled(prompt(9, 1))) {
                assertSame(forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, set, everything(2, taps))), plain);
                region.keep(0, 1);
                assertThat(written(region)).containsOnly(11);
            }
        }
    }

    @Test
    void emptySetLeavesTheEmbedding() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            SegmentResult plain = forward(Segment.chain(region, Role.DECODE, new int[] {4}, List.of(new Want.Tap(0, 0))));
            region.keep();

            SegmentResult nothing = forward(Segment.chain(region, Role.DECODE, new int[] {4}, LayerSet.range(0, 0), tapsOf(0)));
            region.keep(0);

            assertThat(nothing.taps()).hasSize(layers() + 1).allSatisfy(state -> assertThat(state).isEqualTo(nothing.taps().getFirst()));
            assertSame(new SegmentResult(List.of(), List.of(), nothing.taps().subList(0, 1), null, null), plain);
            assertThat(region.settled()).isEqualTo(10);
            assertThat(written(region)).containsOnly(9);
        }
    }

    @Test
    void earlyExitSpeaksFromTheStateThatItHasReached() throws Exception {
        for (int exit : new int[] {0, 1, layers() / 2, layers() - 1, layers()}) {
            try (Region region = prefilled(prompt(9, 1))) {
                SegmentResult whole = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, List.of(new Want.Tap(1, exit))));
                region.keep();
                List<Want> wants = List.of(want(1, Law.GREEDY, 11), new Want.Probabilities(1, WARM), new Want.Probabilities(1, Law.GREEDY),
                        new Want.Tap(1, exit), new Want.Tap(1, layers()));

                SegmentResult early = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, LayerSet.range(0, exit), wants));

                int token = early.samples().getFirst().token();
                double[] law = early.probabilities().getFirst();
                assertThat(law[token]).as("exit %d", exit).isEqualTo(Arrays.stream(law).max().orElseThrow());
                assertThat(early.probabilities().get(1)[token]).isEqualTo(1);
                assertThat(early.taps().get(0)).isEqualTo(early.taps().get(1));
                assertSame(new SegmentResult(List.of(), List.of(), early.taps().subList(0, 1), null, null), whole);
                region.keep();
                assertSame(forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, ends(exit, 0), wants)), early);
            }
        }
    }

    @Test
    void depthThatShrinksIsWhatIsWritten() throws Exception {
        int half = layers() / 2;
        List<LayerSet> depths = List.of(LayerSet.ALL, ends(layers() - 1, 1), ends(half, 1), ends(half, 1), ends(1, 1), ends(1, 0), ends(0, 0));
        int[] expected = new int[layers()];
        Arrays.fill(expected, 9);
        try (Region region = prefilled(prompt(9, 1))) {
            for (int i = 0; i < depths.size(); i++) {
                LayerSet depth = depths.get(i);
                List<float[]> states = forward(Segment.chain(region, Role.DECODE, new int[] {4 + i}, depth, tapsOf(0))).taps();
                region.keep(0);

                for (int layer = 0; layer < layers(); layer++) {
                    expected[layer] += depth.contains(layer) ? 1 : 0;
                    assertThat(Arrays.equals(states.get(layer), states.get(layer + 1))).as("token %d, layer %d", i, layer)
                            .isNotEqualTo(depth.contains(layer));
                }
                assertThat(region.settled()).isEqualTo(10 + i);
                assertThat(written(region)).as("token %d", i).isEqualTo(expected);
            }
        }
    }

    @Test
    void layerOnceLeftOutIsRefusedUntilTheRegionIsShortenedToWhatIsWritten() throws Exception {
        int half = layers() / 2;
        List<Want> wants = everything(1, layers());
        SegmentResult plain;
        SegmentResult shallow;
        try (Region twin = prefilled(prompt(9, 1))) {
            plain = forward(Segment.chain(twin, Role.DECODE, new int[] {5}, wants));
            twin.keep();
            run(Segment.chain(twin, Role.DECODE, new int[] {4}, ends(half, 1), List.of()));
            twin.keep(0);
            shallow = forward(Segment.chain(twin, Role.DECODE, new int[] {5}, ends(half, 1), wants));
        }

        try (Region region = prefilled(prompt(9, 1)); Region mate = prefilled(prompt(5, 2))) {
            run(Segment.chain(region, Role.DECODE, new int[] {4}, ends(half, 1), List.of()));
            region.keep(0);
            int[] before = written(region);
            for (LayerSet deeper : List.of(LayerSet.ALL, ends(half + 1, 1), LayerSet.range(half, half + 1))) {
                StepPlan plan = new StepPlan(List.of(Segment.chain(mate, Role.DECODE, new int[] {5}, List.of()),
                        Segment.chain(region, Role.DECODE, new int[] {5}, deeper, wants)));

                assertThatThrownBy(() -> engine().step(plan)).as("%s", deeper).isInstanceOf(IllegalArgumentException.class);

                assertThat(mate.open()).isZero();
                assertThat(region.open()).isZero();
                assertThat(written(region)).isEqualTo(before);
            }
            assertSame(forward(Segment.chain(region, Role.DECODE, new int[] {5}, ends(half, 1), wants)), shallow);
            region.keep(0);

            region.truncate(9);

            assertThat(written(region)).containsOnly(9);
            assertSame(forward(Segment.chain(region, Role.DECODE, new int[] {5}, wants)), plain);
        }
    }

    @Test
    void openNodeThatLeftALayerOutBindsItsDescendantsAlone() throws Exception {
        int half = layers() / 2;
        LayerSet lower = LayerSet.range(0, half);
        List<Want> last = List.of(want(1, WARM, 11), new Want.Tap(1, layers()));
        SegmentResult chain;
        SegmentResult sibling;
        try (Region region = prefilled(prompt(9, 1))) {
            chain = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, lower, last));
            region.keep();
            sibling = forward(Segment.chain(region, Role.DECODE, new int[] {5}, everything(1, layers())));
        }

        try (Region region = prefilled(prompt(9, 1))) {
            run(Segment.chain(region, Role.DECODE, new int[] {4}, lower, List.of()));
            Segment deeper = Segment.tree(region, Role.DECODE, new int[] {5}, new int[] {0}, List.of());
            assertThatThrownBy(() -> engine().step(new StepPlan(List.of(deeper)))).isInstanceOf(IllegalArgumentException.class);
            assertThat(region.open()).isEqualTo(1);

            assertAlike(forward(Segment.tree(region, Role.DECODE, new int[] {5}, new int[] {-1}, everything(1, layers()))), sibling);
            assertAlike(forward(new Segment(region, Role.DECODE, new Input.Tokens(new int[] {5}, new int[] {0}), lower,
                    List.of(want(0, WARM, 11), new Want.Tap(0, layers())))), chain);
            region.keep(0, 2);
            assertThat(written(region)).isEqualTo(IntStream.range(0, layers()).map(layer -> layer < half ? 11 : 9).toArray());
        }
        try (Region region = prefilled(prompt(9, 1))) {
            run(Segment.chain(region, Role.DECODE, new int[] {4}, List.of()));
            run(new Segment(region, Role.DECODE, new Input.Tokens(new int[] {5}, new int[] {0}), lower, List.of()));
            region.keep(0, 1);
            assertThat(written(region)).isEqualTo(IntStream.range(0, layers()).map(layer -> layer < half ? 11 : 10).toArray());
        }
    }

    @Test
    void everyDepthOfAMixedBatchEqualsItselfAlone() throws Exception {
        int half = layers() / 2;
        List<Function<Region, Segment>> kinds = List.of(
                region -> Segment.chain(region, Role.DECODE, prompt(3, 5), everything(3, 0, half, layers())),
                region -> Segment.chain(region, Role.DECODE, new int[] {6}, LayerSet.range(0, half), everything(1, half)),
                region -> Segment.chain(region, Role.DECODE, new int[] {7}, ends(1, 1), everything(1, 1, layers())),
                region -> Segment.chain(region, Role.DECODE, prompt(2, 6), ends(half, 1), everything(2, layers())),
                region -> Segment.chain(region, Role.DECODE, new int[] {8}, LayerSet.range(0, 0), everything(1, layers())),
                region -> Segment.chain(region, Role.DECODE, new int[] {9}, everything(1, layers())));
        List<SegmentResult> alone = new ArrayList<>();
        for (int i = 0; i < kinds.size(); i++) {
            try (Region region = prefilled(prompt(9 + i, i))) {
                alone.add(forward(kinds.get(i).apply(region)));
            }
        }

        for (int turn = 0; turn < 3; turn++) {
            List<Region> regions = new ArrayList<>();
            List<Segment> segments = new ArrayList<>();
            List<SegmentResult> expected = new ArrayList<>();
            for (int i = 0; i < kinds.size(); i++) {
                int kind = (i + 2 * turn) % kinds.size();
                regions.add(prefilled(prompt(9 + kind, kind)));
                segments.add(kinds.get(kind).apply(regions.getLast()));
                expected.add(alone.get(kind));
            }
            regions.add(engine().open(20));
            segments.add(2, Segment.chain(regions.getLast(), Role.PREFILL, prompt(11, 7), everything(11, half)));
            List<SegmentResult> mixed = new ArrayList<>(engine().step(new StepPlan(segments)).segments());
            regions.forEach(Region::close);

            assertThat(mixed.remove(2).failure()).isNull();
            for (int i = 0; i < mixed.size(); i++) {
                assertSame(mixed.get(i), expected.get(i));
            }
        }
    }

    @Test
    void copiesAndGrowthKeepWhatIsWritten() throws Exception {
        LayerSet shallow = ends(layers() / 2, 1);
        List<Want> wants = everything(1, layers());
        SegmentResult plain;
        try (Region region = prefilled(prompt(9, 1))) {
            plain = forward(Segment.chain(region, Role.DECODE, new int[] {4}, wants));
        }

        try (Region source = prefilled(prompt(9, 1)); Region copy = engine().open(40)) {
            run(Segment.chain(source, Role.DECODE, new int[] {4, 5}, shallow, List.of()));
            source.keep(0, 1);
            int[] before = written(source);
            copy.adopt(source, 10);

            assertThat(source.grow(90)).isTrue();

            assertThat(written(source)).isEqualTo(before);
            assertThat(written(copy)).isEqualTo(IntStream.of(before).map(slots -> Math.min(slots, 10)).toArray());
            Segment deeper = Segment.chain(copy, Role.DECODE, new int[] {4}, wants);
            assertThatThrownBy(() -> engine().step(new StepPlan(List.of(deeper)))).isInstanceOf(IllegalArgumentException.class);
            SegmentResult copied = forward(Segment.chain(copy, Role.DECODE, new int[] {6}, shallow, wants));
            copy.keep();
            copy.adopt(source, 9);
            source.truncate(10);
            assertSame(copied, forward(Segment.chain(source, Role.DECODE, new int[] {6}, shallow, wants)));
            assertThat(written(copy)).containsOnly(9);
            assertSame(forward(Segment.chain(copy, Role.DECODE, new int[] {4}, wants)), plain);
        }
    }

    @Test
    void tapsComeInTheOrderOfTheirWantsFromRowsOfEitherRole() throws Exception {
        for (Role role : Role.values()) {
            try (Region region = engine().open(20); Region other = engine().open(20)) {
                List<Want> wants = List.of(new Want.Tap(2, layers()), new Want.Tap(0, 0), want(4, WARM, 5), new Want.Tap(2, layers()),
                        new Want.Tap(1, 1));
                SegmentResult together = forward(Segment.chain(region, role, prompt(5, 1), wants));
                SegmentResult single = forward(Segment.chain(other, role, prompt(5, 1), Stream.of(0, 1, 3, 4).map(wants::get).toList()));

                assertThat(together.taps()).hasSize(4).allMatch(state -> state.length == engine().shape().hidden());
                assertThat(together.taps().get(0)).isEqualTo(together.taps().get(2)).isNotEqualTo(together.taps().get(1));
                assertSame(new SegmentResult(List.of(), List.of(), together.taps(), null, null), single);
            }
        }
    }

    @Test
    void wantsOutsideTheSegmentOrTheModelAreRefused() throws Exception {
        List<List<Want>> faults = List.of(List.of(new Want.Tap(0, -1)), List.of(new Want.Tap(0, layers() + 1)), List.of(new Want.Tap(2, 0)),
                List.of(new Want.KeepHidden(0, -1)), List.of(new Want.KeepHidden(0, layers() + 1)), List.of(new Want.KeepHidden(-1, 0)),
                List.of(new Want.KeepHidden(0, 1), new Want.KeepHidden(1, 2)), List.of(want(2, WARM, 9)), List.of(want(-1, WARM, 9)),
                List.of(new Want.Probabilities(2, WARM)), List.of(want(0, WARM, 9), new Want.Probabilities(-1, WARM)));
        try (Region region = prefilled(prompt(9, 1)); Region mate = prefilled(prompt(5, 2))) {
            for (List<Want> fault : faults) {
                StepPlan plan = new StepPlan(List.of(Segment.chain(mate, Role.DECODE, new int[] {5}, List.of()),
                        Segment.chain(region, Role.DECODE, new int[] {4, 5}, fault)));

                assertThatThrownBy(() -> engine().step(plan)).as("%s", fault).isInstanceOf(IllegalArgumentException.class);

                assertThat(region.open()).isZero();
                assertThat(mate.open()).isZero();
            }
        }
    }

    private LayerSet ends(int bottom, int top) {
        return LayerSet.ends(bottom, top, layers());
    }

    private LayerSet without(int layer) {
        BitSet set = new BitSet();
        set.set(0, layers());
        set.clear(layer);
        return LayerSet.of(set);
    }

    /** A row's states on their way into every layer, and behind the last. */
    private List<Want> tapsOf(int row) {
        return IntStream.rangeClosed(0, layers()).<Want>mapToObj(layer -> new Want.Tap(row, layer)).toList();
    }

    private int[] written(Region region) {
        return IntStream.range(0, layers()).map(region::written).toArray();
    }
}
