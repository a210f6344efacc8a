package dev.cadenza.decoding.speculative;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Grows the draft tree of a successor table: of all nodes that the table leads to, those that the sequence most likely comes by, the likeliest first.
 * So its first n nodes expect more tokens than any other n. Pure functions.
 *
 * @see "the search is the heap of DySpec, arXiv 2410.11744"
 */
final class SuccessorTree {

    private SuccessorTree() {
    }

    /** @param reach chance that the sequence comes by the node */
    private record Candidate(int token, int parent, int depth, double odds, double reach) {
    }

    /**
     * @param root     the sequence's last token
     * @param most     nodes, 1 or more
     * @param maxDepth of a node, 1: the root's children
     */
    static Draft grow(SuccessorTable table, int root, int most, int maxDepth) {
        var open = new PriorityQueue<>(Comparator.comparingDouble(Candidate::reach).reversed());
        int[] tokens = new int[most];
        int[] parents = new int[most];
        double[] odds = new double[most];
        int size = 0;
        offer(table, new Candidate(root, -1, 0, 1, 1), -1, open);
        while (size < most && !open.isEmpty()) {
            Candidate best = open.poll();
            tokens[size] = best.token;
            parents[size] = best.parent;
            odds[size] = best.odds;
            if (best.depth < maxDepth) {
                offer(table, best, size, open);
            }
            size++;
        }
        return new Draft(tokens, parents, odds).first(size);
    }

    private static void offer(SuccessorTable table, Candidate parent, int node, PriorityQueue<Candidate> open) {
        Successors successors = table.of(parent.token);
        for (int rank = 0; rank < successors.tokens().length; rank++) {
            double odds = table.odds().of(successors.basis(), parent.depth > 0, rank);
            open.add(new Candidate(successors.tokens()[rank], node, parent.depth + 1, odds, parent.reach * odds));
        }
    }
}
