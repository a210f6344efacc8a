package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every engine must do with tokens and regions. */
public abstract class EngineContract extends EngineFixture {

    @Test
    void chainInOneStepEqualsItsRowsOneByOne() throws Exception {
        int[] chain = prompt(7, 2);
        List<Sampled> together;
        List<Sampled> single = new ArrayList<>();

        try (Region region = prefilled(prompt(9, 1))) {
            together = run(Segment.chain(region, Role.DECODE, chain, everyRow(chain.length, 9, WARM)));
        }
        try (Region region = prefilled(prompt(9, 1))) {
            for (int i = 0; i < chain.length; i++) {
                single.addAll(run(Segment.chain(region, Role.DECODE, new int[] {chain[i]}, List.of(want(0, WARM, 9 + i)))));
                region.keep(0);
            }
            assertThat(region.settled()).isEqualTo(16);
        }

        assertSame(together, single);
    }

    @Test
    void chunkedPrefillEqualsTheWholePrompt() throws Exception {
        int block = engine().shape().prefillBlock();
        int[] prompt = prompt(Math.min(200, 2 * block + 3), 3);
        List<Sampled> whole;
        List<Sampled> chunked;

        try (Region region = engine().open(prompt.length)) {
            whole = run(Segment.chain(region, Role.PREFILL, prompt, List.of(want(prompt.length - 1, WARM, prompt.length))));
        }
        try (Region region = engine().open(prompt.length)) {
            int first = block < prompt.length ? block : prompt.length;
            chunked = run(Segment.chain(region, Role.PREFILL, Arrays.copyOf(prompt, first),
                    first == prompt.length ? List.of(want(first - 1, WARM, first)) : List.of()));
            region.keep(IntStream.range(0, first).toArray());
            if (first < prompt.length) {
                int[] rest = Arrays.copyOfRange(prompt, first, prompt.length);
                chunked = run(Segment.chain(region, Role.PREFILL, rest, List.of(want(rest.length - 1, WARM, prompt.length))));
            }
        }

        assertSame(chunked, whole);
    }

    @Test
    void everySequenceOfAMixedBatchEqualsItselfAlone() throws Exception {
        for (int mates = 1; mates <= 5; mates++) {
            int[] alonePrompt = prompt(11, 4);
            int[] chain = prompt(3, 5);
            List<Sampled> alone;
            try (Region region = prefilled(alonePrompt)) {
                alone = run(Segment.chain(region, Role.DECODE, chain, everyRow(3, 11, WARM)));
            }

            List<Region> regions = new ArrayList<>();
            List<Segment> segments = new ArrayList<>();
            for (int mate = 0; mate < mates; mate++) {
                regions.add(mate % 2 == 0 ? engine().open(40) : prefilled(prompt(5 + 9 * mate, 20 + mate)));
                int[] rows = prompt(1 + 7 * mate, 30 + mate);
                segments.add(Segment.chain(regions.getLast(), mate % 2 == 0 ? Role.PREFILL : Role.DECODE, rows,
                        List.of(want(rows.length - 1, Law.GREEDY, 3))));
            }
            regions.add(prefilled(alonePrompt));
            segments.add(mates / 2, Segment.chain(regions.getLast(), Role.DECODE, chain, everyRow(3, 11, WARM)));
            StepResult mixed = engine().step(new StepPlan(segments));
            regions.forEach(Region::close);

            assertThat(mixed.segments()).hasSize(mates + 1).allMatch(result -> result.failure() == null);
            assertSame(mixed.segments().get(mates / 2).samples(), alone);
        }
    }

    @Test
    void keptPartOfAChainGoesOnLikeAPlainSequence() throws Exception {
        int[] kept = prompt(3, 6);
        int[] dropped = prompt(4, 7);
        List<Sampled> plain;
        try (Region region = prefilled(prompt(9, 1))) {
            run(Segment.chain(region, Role.DECODE, kept, List.of()));
            region.keep(0, 1, 2);
            plain = run(Segment.chain(region, Role.DECODE, new int[] {5}, List.of(want(0, WARM, 12))));
        }

        try (Region region = prefilled(prompt(9, 1))) {
            int[] chain = IntStream.concat(IntStream.of(kept), IntStream.of(dropped)).toArray();
            run(Segment.chain(region, Role.DECODE, chain, List.of()));
            assertThat(region.open()).isEqualTo(7);
            region.keep(0, 1, 2);

            assertThat(region.settled()).isEqualTo(12);
            assertThat(region.open()).isZero();
            assertSame(run(Segment.chain(region, Role.DECODE, new int[] {5}, List.of(want(0, WARM, 12)))), plain);
        }
    }

    @Test
    void nodesOfATreeEqualTheirPathsAsChainsAndSoDoesAKeptPath() throws Exception {
        // 1 has children 2 and 3, 3 has child 4; 5 is a second root.
        int[] tree = {1, 2, 3, 4, 5};
        int[] parents = {-1, 0, 0, 2, -1};
        int[][] paths = {{1}, {1, 2}, {1, 3}, {1, 3, 4}, {5}};
        List<Sampled> nodes;
        List<Sampled> afterKeep;
        try (Region region = prefilled(prompt(9, 1))) {
            List<Want> wants = IntStream.range(0, 5).<Want>mapToObj(i -> want(i, WARM, 9 + paths[i].length - 1 + 1)).toList();
            nodes = run(Segment.tree(region, Role.DECODE, tree, parents, wants));
            region.keep(0, 2, 3);
            assertThat(region.settled()).isEqualTo(12);
            afterKeep = run(Segment.chain(region, Role.DECODE, new int[] {6}, List.of(want(0, WARM, 13))));
        }

        for (int i = 0; i < paths.length; i++) {
            try (Region region = prefilled(prompt(9, 1))) {
                List<Sampled> alone = run(Segment.chain(region, Role.DECODE, paths[i],
                        List.of(want(paths[i].length - 1, WARM, 9 + paths[i].length))));
                assertAlike(nodes.subList(i, i + 1), alone);
                if (i == 3) {
                    region.keep(0, 1, 2);
                    assertAlike(afterKeep, run(Segment.chain(region, Role.DECODE, new int[] {6}, List.of(want(0, WARM, 13)))));
                }
            }
        }
    }

    @Test
    void nodesOfLaterStepsHangOnOpenNodesOfEarlierOnes() throws Exception {
        List<Sampled> grown;
        List<Sampled> chain;
        try (Region region = prefilled(prompt(9, 1))) {
            run(Segment.tree(region, Role.DECODE, new int[] {1, 2}, new int[] {-1, -1}, List.of()));
            grown = run(Segment.tree(region, Role.DECODE, new int[] {3}, new int[] {1}, List.of(want(0, WARM, 11))));
            assertThat(region.open()).isEqualTo(3);
        }
        try (Region region = prefilled(prompt(9, 1))) {
            chain = run(Segment.chain(region, Role.DECODE, new int[] {2, 3}, List.of(want(1, WARM, 11))));
        }

        assertAlike(grown, List.of(new Sampled(0, chain.getFirst().token(), chain.getFirst().logprob(), chain.getFirst().topTokens(),
                chain.getFirst().topLogprobs())));
    }

    @Test
    void truncatedRegionRedoesTheSame() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            int[] chain = prompt(4, 8);
            List<Sampled> first = run(Segment.chain(region, Role.DECODE, chain, everyRow(4, 9, WARM)));
            region.keep(0, 1, 2, 3);
            region.truncate(9);

            List<Sampled> again = run(Segment.chain(region, Role.DECODE, chain, everyRow(4, 9, WARM)));

            assertSame(again, first);
        }
    }

    @Test
    void grownRegionKeepsItsContent() throws Exception {
        List<Sampled> plain;
        try (Region region = prefilled(prompt(9, 1))) {
            plain = run(Segment.chain(region, Role.DECODE, new int[] {4}, List.of(want(0, WARM, 10))));
        }

        try (Region small = engine().open(9); Region neighbour = engine().open(40)) {
            run(Segment.chain(small, Role.PREFILL, prompt(9, 1), List.of()));
            small.keep(IntStream.range(0, 9).toArray());
            run(Segment.chain(neighbour, Role.PREFILL, prompt(20, 2), List.of()));

            assertThat(small.grow(150)).isTrue();

            assertThat(small.capacity()).isGreaterThanOrEqualTo(150);
            assertThat(small.settled()).isEqualTo(9);
            assertSame(run(Segment.chain(small, Role.DECODE, new int[] {4}, List.of(want(0, WARM, 10)))), plain);
        }
    }

    @Test
    void adoptedPrefixGoesOnLikeAFreshPrefillAndIsIndependentOfItsSource() throws Exception {
        int block = engine().shape().prefillBlock();
        int[] prompt = prompt(block + 5, 9);
        int[] rest = Arrays.copyOfRange(prompt, block, prompt.length);
        List<Sampled> fresh;
        List<Sampled> freshNext;
        try (Region region = engine().open(200)) {
            fresh = run(Segment.chain(region, Role.PREFILL, prompt, List.of(want(prompt.length - 1, WARM, prompt.length))));
            region.keep(IntStream.range(0, prompt.length).toArray());
            freshNext = run(Segment.chain(region, Role.DECODE, new int[] {4}, List.of(want(0, WARM, prompt.length + 1))));
        }

        try (Region copy = engine().open(200)) {
            try (Region source = prefilled(IntStream.concat(Arrays.stream(prompt, 0, block), IntStream.of(3, 4, 5)).toArray())) {
                run(Segment.chain(source, Role.DECODE, new int[] {6}, List.of()));
                copy.adopt(source, block);

                assertThat(source.settled()).isEqualTo(block + 3);
                assertThat(source.open()).isEqualTo(1);
                source.keep(0);
                source.truncate(0);
                run(Segment.chain(source, Role.PREFILL, prompt(block, 10), List.of()));
            }
            assertThat(copy.settled()).isEqualTo(block);
            assertThat(copy.open()).isZero();
            assertSame(run(Segment.chain(copy, Role.PREFILL, rest, List.of(want(rest.length - 1, WARM, prompt.length)))), fresh);
            copy.keep(IntStream.range(0, rest.length).toArray());
            assertSame(run(Segment.chain(copy, Role.DECODE, new int[] {4}, List.of(want(0, WARM, prompt.length + 1)))), freshNext);
        }
    }

    @Test
    void whatIsWrittenBehindAnAdoptedPrefixLeavesTheSourceAlone() throws Exception {
        int[] prompt = prompt(9, 1);
        List<Sampled> plain;
        try (Region region = prefilled(prompt)) {
            plain = run(Segment.chain(region, Role.DECODE, new int[] {4}, List.of(want(0, WARM, 10))));
        }

        try (Region source = prefilled(prompt)) {
            try (Region copy = engine().open(40)) {
                run(Segment.chain(copy, Role.PREFILL, prompt(20, 2), List.of()));
                copy.keep(IntStream.range(0, 20).toArray());
                copy.adopt(source, 9);
                assertSame(run(Segment.chain(copy, Role.DECODE, new int[] {4}, List.of(want(0, WARM, 10)))), plain);
                copy.keep(0);
                run(Segment.chain(copy, Role.DECODE, prompt(6, 3), List.of()));
            }
            assertSame(run(Segment.chain(source, Role.DECODE, new int[] {4}, List.of(want(0, WARM, 10)))), plain);
        }
    }

    @Test
    void adoptingBeyondMeasureChangesNothing() throws Exception {
        try (Region source = prefilled(prompt(9, 1)); Region other = prefilled(prompt(5, 2))) {
            assertThatThrownBy(() -> other.adopt(source, 10)).isNotNull();
            assertThatThrownBy(() -> source.adopt(source, 5)).isNotNull();
            run(Segment.chain(other, Role.DECODE, new int[] {4}, List.of()));
            assertThatThrownBy(() -> other.adopt(source, 5)).isNotNull();

            assertThat(source.settled()).isEqualTo(9);
            assertThat(other.settled()).isEqualTo(5);
            assertThat(other.open()).isEqualTo(1);
        }
    }

    @Test
    void openingIsForetoldForRegionsThatMightBeClosed() throws Exception {
        Engine engine = engine();
        int slots = (int) Math.min(engine.shape().context(), Math.max(1, engine.shape().kvBytes() / engine.shape().bytesPerSlot() / 3));
        List<Region> regions = new ArrayList<>();
        try {
            while (engine.couldOpen(slots, List.of())) {
                regions.add(engine.open(slots));
            }
            assertThatThrownBy(() -> engine.open(slots)).isInstanceOf(KvExhausted.class);

            assertThat(engine.couldOpen(slots, regions.subList(0, 1))).isTrue();
            long used = engine.kvBytesUsed();
            regions.removeFirst().close();
            regions.add(engine.open(slots));
            assertThat(engine.kvBytesUsed()).isEqualTo(used);
        } finally {
            regions.forEach(Region::close);
        }
    }

    @Test
    void closingFreesExactlyWhatOpeningReserved() throws Exception {
        Engine engine = engine();
        assertThat(engine.kvBytesUsed()).isZero();
        Region one = engine.open(10);
        long afterOne = engine.kvBytesUsed();
        Region two = engine.open(100);

        assertThat(one.capacity()).isGreaterThanOrEqualTo(10);
        assertThat(afterOne).isGreaterThanOrEqualTo(10 * engine.shape().bytesPerSlot());
        assertThat(engine.kvBytesUsed()).isGreaterThan(afterOne);

        two.close();
        two.close();
        assertThat(engine.kvBytesUsed()).isEqualTo(afterOne);
        one.close();
        assertThat(engine.kvBytesUsed()).isZero();
    }

    @Test
    void memoryRunsOutWithoutATraceAndComesBack() throws Exception {
        Engine engine = engine();
        int slots = (int) Math.min(engine.shape().context(), Math.max(1, engine.shape().kvBytes() / engine.shape().bytesPerSlot() / 3));
        List<Region> regions = new ArrayList<>();
        try {
            long bound = engine.shape().kvBytes() / engine.shape().bytesPerSlot() / slots + 1;
            assertThatThrownBy(() -> {
                for (long i = 0; i <= bound; i++) {
                    regions.add(engine.open(slots));
                }
            }).isInstanceOf(KvExhausted.class);
            long used = engine.kvBytesUsed();

            assertThatThrownBy(() -> engine.open(slots)).isInstanceOf(KvExhausted.class);
            assertThat(engine.kvBytesUsed()).isEqualTo(used).isLessThanOrEqualTo(engine.shape().kvBytes());

            regions.removeFirst().close();
            regions.add(engine.open(slots));
            assertThat(engine.kvBytesUsed()).isEqualTo(used);
        } finally {
            regions.forEach(Region::close);
        }
        assertThat(engine.kvBytesUsed()).isZero();
    }

    @Test
    void failedStepLeavesEveryRegionAsItWas() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            List<Sampled> before = run(Segment.chain(region, Role.DECODE, new int[] {4}, List.of(want(0, WARM, 10))));
            region.keep();
            Segment outside = Segment.chain(region, Role.DECODE, new int[] {engine().shape().vocabulary() + 7}, List.of(want(0, WARM, 10)));

            assertThatThrownBy(() -> engine().step(new StepPlan(List.of(outside)))).isNotNull();

            assertThat(region.settled()).isEqualTo(9);
            assertThat(region.open()).isZero();
            assertSame(run(Segment.chain(region, Role.DECODE, new int[] {4}, List.of(want(0, WARM, 10)))), before);
        }
    }

    @Test
    void nodesOfRandomTreesEqualTheirPathsAloneOverSeveralStepsAndSoDoesAKeptPath() throws Exception {
        for (int seed = 0; seed < rounds(); seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            try (Region tree = prefilled(prompt(9, 1)); Region alone = prefilled(prompt(9, 1))) {
                List<int[]> paths = new ArrayList<>();
                List<int[]> nodes = new ArrayList<>();
                for (int step = 0; step < 3; step++) {
                    int first = paths.size();
                    int[] tokens = prompt(1 + random.nextInt(4), random.nextLong());
                    int[] parents = new int[tokens.length];
                    List<Want> wants = new ArrayList<>();
                    for (int i = 0; i < tokens.length; i++) {
                        parents[i] = random.nextInt(-1, first + i);
                        paths.add(join(parents[i] < 0 ? new int[0] : paths.get(parents[i]), tokens[i]));
                        nodes.add(join(parents[i] < 0 ? new int[0] : nodes.get(parents[i]), first + i));
                        wants.add(want(i, WARM, 9 + paths.getLast().length));
                    }
                    List<Sampled> grown = run(Segment.tree(tree, Role.DECODE, tokens, parents, wants));
                    assertThat(tree.open()).isEqualTo(paths.size());
                    for (int i = 0; i < tokens.length; i++) {
                        int[] path = paths.get(first + i);
                        assertAlike(grown.subList(i, i + 1),
                                run(Segment.chain(alone, Role.DECODE, path, List.of(want(path.length - 1, WARM, 9 + path.length)))));
                        alone.keep();
                    }
                }
                int leaf = random.nextInt(paths.size());
                int[] kept = paths.get(leaf);
                tree.keep(nodes.get(leaf));
                run(Segment.chain(alone, Role.DECODE, kept, List.of()));
                alone.keep(all(kept.length));

                assertThat(tree.settled()).as("seed %d", seed).isEqualTo(9 + kept.length);
                assertThat(tree.open()).isZero();
                List<Want> next = List.of(want(0, WARM, 10 + kept.length));
                assertAlike(run(Segment.chain(tree, Role.DECODE, new int[] {4}, next)), run(Segment.chain(alone, Role.DECODE, new int[] {4}, next)));
            }
        }
    }
}
