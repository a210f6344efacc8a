package dev.cadenza.decoding.speculative;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Tokens that may follow a sequence: a tree, its most promising nodes first, so that its first nodes are the best smaller tree.
 *
 * @param tokens  ids; siblings differ
 * @param parents per node its parent's index, which is smaller; -1: the sequence's last token
 * @param odds    per node the chance that its token follows when its parent is reached, as the source sees it, in [0, 1]
 */
record Draft(int[] tokens, int[] parents, double[] odds) {
    static final Draft NONE = new Draft(new int[0], new int[0], new double[0]);

    Draft {
        if (tokens.length != parents.length || tokens.length != odds.length) {
            throw new IllegalArgumentException("%d tokens, %d parents, %d odds".formatted(tokens.length, parents.length, odds.length));
        }
    }

    /** A chain. */
    static Draft chain(int[] tokens, double[] odds) {
        int[] parents = new int[tokens.length];
        Arrays.setAll(parents, i -> i - 1);
        return new Draft(tokens, parents, odds);
    }

    int size() {
        return tokens.length;
    }

    /** The first {@code size} nodes. */
    Draft first(int size) {
        return size >= tokens.length ? this
                : new Draft(Arrays.copyOf(tokens, size), Arrays.copyOf(parents, size), Arrays.copyOf(odds, size));
    }

    /** The child of {@code parent} with this token, or -1. */
    int child(int parent, int token) {
        for (int node = parent + 1; node < tokens.length; node++) {
            if (parents[node] == parent && tokens[node] == token) {
                return node;
            }
        }
        return -1;
    }

    /** Nodes behind {@code parent}, in order. */
    int[] children(int parent) {
        return IntStream.range(parent + 1, tokens.length).filter(node -> parents[node] == parent).toArray();
    }

    /** With another node, or several, behind {@code parent}. */
    Draft with(int parent, int[] moreTokens, double[] moreOdds) {
        Draft grown = new Draft(Arrays.copyOf(tokens, size() + moreTokens.length), Arrays.copyOf(parents, size() + moreTokens.length),
                Arrays.copyOf(odds, size() + moreTokens.length));
        System.arraycopy(moreTokens, 0, grown.tokens, size(), moreTokens.length);
        System.arraycopy(moreOdds, 0, grown.odds, size(), moreTokens.length);
        Arrays.fill(grown.parents, size(), grown.size(), parent);
        return grown;
    }

    /** Tokens from the root to a node, the node's own last. */
    int[] path(int node) {
        int depth = 0;
        for (int at = node; at >= 0; at = parents[at]) {
            depth++;
        }
        int[] path = new int[depth];
        for (int at = node; at >= 0; at = parents[at]) {
            path[--depth] = tokens[at];
        }
        return path;
    }
}
