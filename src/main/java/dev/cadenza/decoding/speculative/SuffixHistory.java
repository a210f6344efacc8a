package dev.cadenza.decoding.speculative;

/**
 * What the sequences of one scope have answered, those that still run included; never what they were asked. Bounded in tokens, about 100 bytes
 * each: the oldest answers are forgotten first, token by token, and so is the beginning of an answer that is longer than the bound. Device thread
 * only.
 */
final class SuffixHistory {
    private static final int DEPTH = 64;
    private static final int MOST_TOKENS = 200_000;

    private final SuffixTree tree = new SuffixTree(DEPTH);
    private final int most;

    SuffixHistory() {
        this(MOST_TOKENS);
    }

    /** @param most tokens */
    SuffixHistory(int most) {
        this.most = most;
    }

    SuffixTree tree() {
        return tree;
    }

    void append(SuffixText answer, int token) {
        tree.append(answer, token);
        if (tree.size() > most) {
            tree.forget();
        }
    }
}
