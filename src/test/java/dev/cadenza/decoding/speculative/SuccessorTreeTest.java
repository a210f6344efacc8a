package dev.cadenza.decoding.speculative;

import static dev.cadenza.decoding.speculative.SuccessorTableTest.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.decoding.speculative.Successors.Basis;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SuccessorTreeTest {

    @Test
    void handMadeTableIsWalkedBestNodeFirst() {
        // First guesses: behind 1 the ranks 0.68 and 0.053, deeper 0.77 and 0.038 of a row as sure, 0.45, 0.092 and 0.046 of row 2, 0.5 of row 4.
        SuccessorTable table = new SuccessorTable(10);
        table.saw(1, named(0.95, 2, 3));
        table.saw(2, named(0.5, 4, 5, 6));
        table.saw(3, named(0.95, 1));
        table.warmUp(new int[] {4, 7});

        Draft draft = SuccessorTree.grow(table, 1, 20, 3);

        assertThat(draft.tokens()).containsExactly(2, 4, 7, 5, 3, 1, 2, 6, 3);
        assertThat(draft.parents()).containsExactly(-1, 0, 1, 0, -1, 4, 5, 0, 5);
        assertThat(draft.odds()).containsExactly(new double[] {0.68, 0.45, 0.5, 0.092, 0.053, 0.77, 0.77, 0.046, 0.038}, within(0.001));
        assertThat(SuccessorTree.grow(table, 1, 20, 1).tokens()).containsExactly(2, 3);
        assertThat(SuccessorTree.grow(table, 8, 20, 3).size()).isZero();
    }

    @Test
    void firstNodesExpectAsManyTokensAsTheBestSubtreeOfThatSize() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            SuccessorTable table = smallTable(random);
            int root = random.nextInt(4);
            Draft all = SuccessorTree.grow(table, root, 64, 3);
            double[] best = bestByTrial(table, root, 3);

            assertThat(all.size()).isEqualTo(best.length - 1);
            for (int size = 1; size < best.length; size++) {
                Draft draft = SuccessorTree.grow(table, root, size, 3);
                assertThat(draft.tokens()).as("seed %d, %d nodes", seed, size).containsExactly(all.first(size).tokens());
                assertThat(expected(draft)).as("seed %d, %d nodes", seed, size).isCloseTo(best[size], within(1e-12));
            }
        }
    }

    @Test
    void parentsComeFirstSiblingsDifferAndReachNeverRises() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            SuccessorTable table = SuccessorTableTest.random(random);
            int maxDepth = 1 + random.nextInt(6);
            Draft draft = SuccessorTree.grow(table, random.nextInt(40), 1 + random.nextInt(64), maxDepth);
            double[] reach = new double[draft.size()];
            Set<List<Integer>> edges = new HashSet<>();
            for (int node = 0; node < draft.size(); node++) {
                int parent = draft.parents()[node];
                reach[node] = (parent < 0 ? 1 : reach[parent]) * draft.odds()[node];
                assertThat(parent).as("seed %d", seed).isBetween(-1, node - 1);
                assertThat(edges.add(List.of(parent, draft.tokens()[node]))).as("seed %d: siblings differ", seed).isTrue();
                assertThat(draft.path(node).length).as("seed %d", seed).isLessThanOrEqualTo(maxDepth);
                assertThat(node == 0 || reach[node] <= reach[node - 1]).as("seed %d: best first", seed).isTrue();
            }
        }
    }

    /** Four tokens; rows of up to two successors, with odds at random. At most 2 + 4 + 8 nodes of depth 3. */
    private static SuccessorTable smallTable(Random random) {
        SuccessorTable table = new SuccessorTable(4);
        for (int token = 0; token < 4; token++) {
            if (random.nextInt(5) > 0) {
                table.saw(token, named(random.nextDouble(), random.ints(0, 4).distinct().limit(1 + random.nextInt(2)).toArray()));
            }
        }
        for (int i = 0; i < 200; i++) {
            table.odds().learn(Basis.values()[random.nextInt(Basis.values().length)], random.nextBoolean(), random.nextInt(4) - 1);
        }
        return table;
    }

    /** Per number of nodes the most tokens that any subtree of the whole tree expects, by trying all sets of nodes. */
    private static double[] bestByTrial(SuccessorTable table, int root, int depth) {
        List<Integer> parents = new ArrayList<>();
        List<Double> reach = new ArrayList<>();
        unfold(table, root, -1, 1, depth, depth, parents, reach);
        int nodes = parents.size();
        double[] best = new double[nodes + 1];
        for (int set = 0; set < 1 << nodes; set++) {
            int chosen = set;
            if (IntStream.range(0, nodes).filter(node -> (chosen >> node & 1) == 1)
                    .allMatch(node -> parents.get(node) < 0 || (chosen >> parents.get(node) & 1) == 1)) {
                double sum = IntStream.range(0, nodes).filter(node -> (chosen >> node & 1) == 1).mapToDouble(reach::get).sum();
                best[Integer.bitCount(set)] = Math.max(best[Integer.bitCount(set)], sum);
            }
        }
        return best;
    }

    private static void unfold(SuccessorTable table, int token, int node, double reached, int depth, int left, List<Integer> parents,
            List<Double> reach) {
        Successors successors = table.of(token);
        for (int rank = 0; left > 0 && rank < successors.tokens().length; rank++) {
            double child = reached * table.odds().of(successors.basis(), left < depth, rank);
            parents.add(node);
            reach.add(child);
            unfold(table, successors.tokens()[rank], parents.size() - 1, child, depth, left - 1, parents, reach);
        }
    }

    private static double expected(Draft draft) {
        double[] reach = new double[draft.size()];
        double sum = 0;
        for (int node = 0; node < reach.length; node++) {
            reach[node] = (draft.parents()[node] < 0 ? 1 : reach[draft.parents()[node]]) * draft.odds()[node];
            sum += reach[node];
        }
        return sum;
    }
}
