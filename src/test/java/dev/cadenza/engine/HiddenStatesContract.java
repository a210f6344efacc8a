package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every engine of four layers or more must do with forwards that stop at a layer and go on later. */
public abstract class HiddenStatesContract extends EngineFixture {

    @Test
    void splitForwardOfAChainEqualsTheWholeAndSoDoesWhatFollows() throws Exception {
        int[] chain = prompt(3, 2);
        for (int exit : exits()) {
            SegmentResult whole;
            SegmentResult next;
            try (Region region = prefilled(prompt(9, 1))) {
                whole = forward(Segment.chain(region, Role.DECODE, chain, everything(3, exit, layers())));
                region.keep(0, 1);
                next = forward(Segment.chain(region, Role.DECODE, new int[] {4}, everything(1, layers())));
            }

            try (Region region = prefilled(prompt(9, 1));
                    HiddenStates states = lower(Segment.chain(region, Role.DECODE, chain, LayerSet.range(0, exit), keepHidden(exit, 0, 1, 2)))) {
                assertThat(states.region()).isSameAs(region);
                assertThat(states.nodes()).containsExactly(0, 1, 2);
                assertThat(states.layer()).isEqualTo(exit);

                assertSame(forward(Segment.resume(states, upper(exit), everything(3, exit, layers()))), whole);

                assertThat(region.open()).isEqualTo(3);
                region.keep(0, 1);
                assertThat(IntStream.range(0, layers()).map(region::written)).as("exit %d", exit).containsOnly(11);
                assertSame(forward(Segment.chain(region, Role.DECODE, new int[] {4}, everything(1, layers()))), next);
            }
        }
    }

    @Test
    void splitForwardOfARandomTreeEqualsTheWholeInAnyOrderOfItsNodes() throws Exception {
        for (int seed = 0; seed < rounds(); seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int[] tokens = prompt(2 + random.nextInt(5), seed);
            int[] parents = IntStream.range(0, tokens.length).map(i -> random.nextInt(-1, i)).toArray();
            int exit = exits()[random.nextInt(exits().length)];
            int[] order = shuffled(tokens.length, random);
            int[] path = rootPath(parents, random.nextInt(tokens.length));
            SegmentResult whole;
            SegmentResult next;
            try (Region region = prefilled(prompt(9, 1))) {
                whole = forward(Segment.tree(region, Role.DECODE, tokens, parents, inOrder(order, exit)));
                region.keep(path);
                next = forward(Segment.chain(region, Role.DECODE, new int[] {4}, everything(1, layers())));
            }

            try (Region region = prefilled(prompt(9, 1)); HiddenStates states = lower(new Segment(region, Role.DECODE,
                    new Input.Tokens(tokens, parents), LayerSet.range(0, exit), keepHidden(exit, order)))) {
                assertThat(states.nodes()).isEqualTo(order);

                assertAlike(forward(Segment.resume(states, upper(exit), inOrder(all(order.length), exit))), whole);

                region.keep(path);
                assertAlike(forward(Segment.chain(region, Role.DECODE, new int[] {4}, everything(1, layers()))), next);
            }
        }
    }

    @Test
    void onlyTheNodesOfOnePathGoOn() throws Exception {
        int exit = layers() / 2;
        SegmentResult plain;
        try (Region region = prefilled(prompt(9, 1))) {
            plain = forward(Segment.chain(region, Role.DECODE, new int[] {1, 3, 4}, everything(3, layers())));
        }

        try (Region region = prefilled(prompt(9, 1)); HiddenStates states = lower(new Segment(region, Role.DECODE,
                new Input.Tokens(new int[] {1, 2, 3, 4, 5}, new int[] {-1, 0, 0, 2, -1}), LayerSet.range(0, exit), keepHidden(exit, 0, 2, 3)))) {
            assertAlike(forward(Segment.resume(states, upper(exit), everything(3, layers()))), plain);

            region.keep(0, 2, 3);
            assertThat(IntStream.range(0, layers()).map(region::written)).containsOnly(12);
        }
    }

    @Test
    void draftsMadeOneByOneAreVerifiedTogether() throws Exception {
        int[] drafts = prompt(4, 3);
        for (int exit : new int[] {1, layers() / 2}) {
            SegmentResult whole;
            SegmentResult next;
            try (Region region = prefilled(prompt(9, 1))) {
                whole = forward(Segment.chain(region, Role.DECODE, drafts, everything(4, exit, layers())));
                region.keep(0, 1);
                next = forward(Segment.chain(region, Role.DECODE, new int[] {4}, everything(1, layers())));
            }

            List<HiddenStates> states = new ArrayList<>();
            try (Region region = prefilled(prompt(9, 1))) {
                for (int i = 0; i < drafts.length; i++) {
                    List<Want> wants = Stream.concat(keepHidden(exit, 0).stream(), everything(1, exit).stream()).toList();
                    states.add(lower(new Segment(region, Role.DECODE, new Input.Tokens(new int[] {drafts[i]}, new int[] {i - 1}),
                            LayerSet.range(0, exit), wants)));
                    assertThat(states.getLast().nodes()).containsExactly(i);
                }
                assertThat(region.grow(90)).as("which leaves the states alone").isTrue();

                assertSame(forward(Segment.resume(states, upper(exit), everything(4, exit, layers()))), whole);

                region.keep(0, 1);
                assertSame(forward(Segment.chain(region, Role.DECODE, new int[] {4}, everything(1, layers()))), next);
            } finally {
                states.forEach(HiddenStates::close);
            }
        }
    }

    @Test
    void forwardMaySplitTwiceAndLeaveLayersOut() throws Exception {
        int middle = layers() / 2;
        LayerSet ends = LayerSet.ends(1, 1, layers());
        SegmentResult whole;
        SegmentResult skipped;
        try (Region region = prefilled(prompt(9, 1))) {
            whole = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, everything(2, layers())));
            region.keep();
            skipped = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, ends, everything(2, layers())));
        }

        try (Region region = prefilled(prompt(9, 1));
                HiddenStates first = lower(Segment.chain(region, Role.DECODE, new int[] {4, 5}, LayerSet.range(0, 1), keepHidden(1, 0, 1)));
                HiddenStates second = lower(Segment.resume(first, LayerSet.range(1, middle), keepHidden(middle, 0, 1)))) {
            assertThat(second.nodes()).containsExactly(0, 1);
            assertSame(forward(Segment.resume(second, upper(middle), everything(2, layers()))), whole);
        }
        try (Region region = prefilled(prompt(9, 1));
                HiddenStates low = lower(Segment.chain(region, Role.DECODE, new int[] {4, 5}, LayerSet.range(0, 1), keepHidden(middle, 0, 1)))) {
            assertThat(low.layer()).isEqualTo(middle);
            assertSame(forward(Segment.resume(low, upper(layers() - 1), everything(2, layers()))), skipped);
            region.keep(0, 1);
            assertThat(IntStream.range(0, layers()).map(region::written)).startsWith(11, 9).endsWith(11);
        }
    }

    @Test
    void keptStatesAreThoseThatATapBringsAlsoFromTheMiddle() throws Exception {
        for (int layer : exits()) {
            List<Want> middle = Stream.concat(keepHidden(layer, 1).stream(), Stream.of(new Want.Tap(1, layer), new Want.Tap(1, layers()))).toList();
            try (Region region = prefilled(prompt(9, 1))) {
                SegmentResult whole = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, middle));
                List<float[]> reached;
                try (HiddenStates states = whole.hidden()) {
                    List<Want> taps = List.of(new Want.Tap(0, layer), new Want.Tap(0, layers()));
                    reached = forward(Segment.resume(states, LayerSet.range(0, 0), taps)).taps();
                }

                assertThat(reached.get(0)).as("layer %d", layer).isEqualTo(whole.taps().get(0)).isEqualTo(reached.get(1));
                region.keep(0, 1);
                assertThat(IntStream.range(0, layers()).map(region::written)).containsOnly(11);
            }
        }
    }

    @Test
    void rowsThatGoOnEqualThemselvesAloneInAnyCompany() throws Exception {
        int half = layers() / 2;
        SegmentResult alone;
        SegmentResult mateAlone;
        SegmentResult draftAlone;
        try (Region region = prefilled(prompt(9, 1)); Region mate = prefilled(prompt(7, 2)); Region drafting = prefilled(prompt(8, 3))) {
            alone = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5}, everything(2, half, layers())));
            mateAlone = forward(Segment.chain(mate, Role.DECODE, new int[] {6}, everything(1, layers())));
            draftAlone = forward(Segment.chain(drafting, Role.DECODE, new int[] {7}, LayerSet.range(0, half), everything(1, half)));
        }

        try (Region region = prefilled(prompt(9, 1)); Region mate = prefilled(prompt(7, 2)); Region drafting = prefilled(prompt(8, 3));
                Region other = prefilled(prompt(6, 4)); Region fresh = engine().open(20);
                HiddenStates states = lower(Segment.chain(region, Role.DECODE, new int[] {4, 5}, LayerSet.range(0, half), keepHidden(half, 0, 1)));
                HiddenStates others = lower(Segment.chain(other, Role.DECODE, new int[] {8}, LayerSet.range(0, 1), keepHidden(1, 0)))) {
            Segment prefill = Segment.chain(fresh, Role.PREFILL, prompt(10, 5), everything(10, layers()));
            Segment goesOn = Segment.resume(states, upper(half), everything(2, half, layers()));
            Segment plain = Segment.chain(mate, Role.DECODE, new int[] {6}, everything(1, layers()));
            Segment draft = Segment.chain(drafting, Role.DECODE, new int[] {7}, LayerSet.range(0, half), everything(1, half));
            Segment otherDepth = Segment.resume(others, upper(1), everything(1, layers()));

            List<SegmentResult> mixed = engine().step(new StepPlan(List.of(otherDepth, plain, goesOn, prefill, draft))).segments();

            assertThat(mixed).hasSize(5).allMatch(result -> result.failure() == null);
            assertSame(mixed.get(1), mateAlone);
            assertSame(mixed.get(2), alone);
            assertSame(mixed.get(4), draftAlone);
        }
    }

    @Test
    void childrenGoOnAfterTheirParentsOrWithThem() throws Exception {
        int half = layers() / 2;
        try (Region region = prefilled(prompt(9, 1));
                HiddenStates parent = lower(Segment.chain(region, Role.DECODE, new int[] {4}, LayerSet.range(0, half), keepHidden(half, 0)));
                HiddenStates child = lower(new Segment(region, Role.DECODE, new Input.Tokens(new int[] {5}, new int[] {0}), LayerSet.range(0, half),
                        keepHidden(half, 0)))) {
            assertThat(child.nodes()).containsExactly(1);
            StepPlan early = new StepPlan(List.of(Segment.resume(child, upper(half), everything(1, layers()))));

            assertThatThrownBy(() -> engine().step(early)).isInstanceOf(IllegalArgumentException.class);

            List<Sampled> first = run(Segment.resume(parent, upper(half), List.of(want(0, WARM, 10))));
            List<Sampled> second = run(Segment.resume(child, upper(half), List.of(want(0, WARM, 11))));
            region.keep();
            assertSame(Stream.concat(first.stream(), second.stream()).toList(),
                    run(Segment.chain(region, Role.DECODE, new int[] {4, 5}, everyRow(2, 10, WARM))));
        }
    }

    @Test
    void whatLiesBelowTheStatesIsRefused() throws Exception {
        int half = layers() / 2;
        try (Region region = prefilled(prompt(9, 1)); Region mate = prefilled(prompt(9, 1));
                HiddenStates states = lower(Segment.chain(region, Role.DECODE, new int[] {4}, LayerSet.range(0, half), keepHidden(half, 0)))) {
            List<Segment> faults = List.of(Segment.resume(states, LayerSet.ALL, List.of()), Segment.resume(states, upper(half - 1), List.of()),
                    Segment.resume(states, upper(half), List.of(new Want.Tap(0, half - 1))),
                    Segment.resume(states, upper(half), List.of(new Want.KeepHidden(0, half - 1))),
                    Segment.resume(states, upper(half), List.of(want(1, WARM, 3))),
                    new Segment(mate, Role.DECODE, new Input.Hidden(List.of(states)), upper(half), List.of()));
            for (Segment fault : faults) {
                assertThatThrownBy(() -> engine().step(new StepPlan(List.of(fault)))).as("%s", fault).isInstanceOf(IllegalArgumentException.class);
                assertThat(region.open()).isEqualTo(1);
                assertThat(mate.open()).isZero();
            }

            run(Segment.resume(states, upper(half), List.of(want(0, WARM, 10))));
            region.keep(0);
            assertThat(IntStream.range(0, layers()).map(region::written)).containsOnly(10);
        }
    }

    @Test
    void statesEndWithTheirClosingOrTheirNodes() throws Exception {
        int half = layers() / 2;
        for (boolean closed : new boolean[] {true, false}) {
            try (Region region = prefilled(prompt(9, 1));
                    HiddenStates states = lower(Segment.chain(region, Role.DECODE, new int[] {4}, LayerSet.range(0, half), keepHidden(half, 0)))) {
                if (closed) {
                    states.close();
                    states.close();
                } else {
                    region.keep();
                    run(Segment.chain(region, Role.DECODE, new int[] {5}, LayerSet.range(0, half), List.of()));
                }

                assertThatThrownBy(() -> forward(Segment.resume(states, upper(half), List.of()))).isNotNull();

                region.keep();
                run(Segment.chain(region, Role.DECODE, new int[] {5}, List.of()));
            }
        }
    }

    private HiddenStates lower(Segment segment) throws StepFailed {
        return forward(segment).hidden();
    }

    private LayerSet upper(int exit) {
        return LayerSet.range(exit, layers());
    }

    private int[] exits() {
        return new int[] {0, 1, layers() / 2, layers() - 1, layers()};
    }

    /** A sample and two states of each row, in this order of rows. */
    private List<Want> inOrder(int[] rows, int exit) {
        return IntStream.of(rows).boxed().<Want>flatMap(row -> Stream.of(want(row, WARM, 9), new Want.Tap(row, exit), new Want.Tap(row, layers())))
                .toList();
    }

    private static int[] shuffled(int size, SplittableRandom random) {
        int[] order = all(size);
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }

    private static int[] rootPath(int[] parents, int node) {
        return node < 0 ? new int[0] : join(rootPath(parents, parents[node]), node);
    }
}
