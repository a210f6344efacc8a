package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.engine.Sampled;
import java.util.ArrayList;
import java.util.List;

/**
 * What came of a draft.
 *
 * @param right  per node whether it was kept
 * @param kept   nodes, a path from the root
 * @param gained one token more
 */
record Verified(boolean[] right, int[] kept, List<Gained> gained) {

    /** Goes on from a node by what the verifier says of it. */
    @FunctionalInterface
    interface Step {
        /** @param node -1: the root */
        Next at(int node);
    }

    /**
     * @param child   kept node that carries the token, -1: none does, and the draft ends
     * @param sampled the token that follows
     */
    record Next(int child, Sampled sampled) {
    }

    static Verified walk(Draft draft, Step step) {
        boolean[] right = new boolean[draft.size()];
        List<Integer> kept = new ArrayList<>();
        List<Gained> gained = new ArrayList<>();
        int node = -1;
        do {
            Next next = step.at(node);
            node = next.child();
            if (node >= 0) {
                right[node] = true;
                kept.add(node);
            }
            gained.add(new Gained(next.sampled(), node >= 0 ? Source.DRAFT : kept.isEmpty() ? Source.MODEL : Source.BONUS));
        } while (node >= 0);
        return new Verified(right, kept.stream().mapToInt(i -> i).toArray(), gained);
    }

    /** Keeps nodes as long as they carry what was drawn. @param samples behind the root, and behind each node */
    static Verified byEquality(Draft draft, List<Sampled> samples) {
        return walk(draft, node -> {
            Sampled sampled = samples.get(node + 1);
            return new Next(draft.child(node, sampled.token()), sampled);
        });
    }
}
