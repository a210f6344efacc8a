package dev.cadenza.decoding.speculative;

import java.util.function.IntToDoubleFunction;

/**
 * Drafts what a suffix tree has seen behind the last tokens of a text. For each length of match: the most frequent token, of several the one seen
 * last, and so on. Where nothing is known to follow, because the depth or a text ends there, the older half of the tokens is left out until
 * something is; so a loop is drafted at any length, and rarely walked through from the root.
 *
 * @param longestMatch   tokens, 1 or more
 * @param minProbability of a draft's token with all before it, by the tree's counts, in [0, 1]
 * @param factor         tokens that may be drafted per token of the match
 * @see "SuffixDecoding, arXiv 2411.04975"
 */
record SuffixSearch(int longestMatch, double minProbability, double factor) {

    /**
     * @param match tokens before the draft that were looked for
     * @param draft a chain; odds: how many of those that went on went on this way; some may have their end there for now
     * @param score tokens that would come true if the odds were the truth, times the trust in the match
     */
    record Guess(int match, Draft draft, double score) {
        static final Guess NONE = new Guess(0, Draft.NONE, 0);
    }

    /**
     * Of the drafts for every length of match the one with the highest score, of several that of the longest match.
     *
     * @param text  of the tree, not complete
     * @param most  tokens
     * @param trust by length of match, positive: how much more often it is right than the counts say
     */
    Guess best(SuffixTree tree, SuffixText text, int most, IntToDoubleFunction trust) {
        Guess best = Guess.NONE;
        int longest = Math.min(Math.min(longestMatch, tree.depth() - 1), text.size() - text.first());
        for (int match = 1; match <= longest; match++) {
            SuffixNode end = text.end(text.size() - match);
            if (end.isLeaf()) {
                // What has followed a longer match has followed this one too.
                return best;
            }
            Guess guess = new Walk(tree, text, match, end, (int) Math.min(most, match * factor)).guess(trust.applyAsDouble(match));
            if (guess.draft.size() > 0 && guess.score >= best.score) {
                best = guess;
            }
        }
        return best;
    }

    /** One draft in the making. */
    private final class Walk {
        private final SuffixTree tree;
        private final SuffixText text;
        private final int match;
        private final int[] tokens;
        private final double[] odds;
        private int size;

        /** The place in the tree: so many tokens of this node's edge are behind it, and so many from the root. */
        private SuffixNode node;
        private int offset;
        private int depth;

        Walk(SuffixTree tree, SuffixText text, int match, SuffixNode end, int most) {
            this.tree = tree;
            this.text = text;
            this.match = match;
            this.tokens = new int[most];
            this.odds = new double[most];
            this.node = end;
            this.offset = end.length;
            this.depth = match;
        }

        Guess guess(double trust) {
            double probability = 1;
            double score = 0;
            while (size < tokens.length && goesOn()) {
                SuffixNode next = offset < node.length ? node : node.best();
                odds[size] = next == node ? 1 : (double) next.count / node.followed();
                probability *= odds[size];
                if (probability < minProbability) {
                    break;
                }
                score += probability;
                offset = next == node ? offset + 1 : 1;
                node = next;
                depth++;
                tokens[size++] = next.text.token(next.from + offset - 1);
            }
            return new Guess(match, Draft.chain(tokens, odds).first(size), trust * score);
        }

        /** Whether something is known to follow, with older tokens left out as far as need be. */
        private boolean goesOn() {
            while (offset == node.length && node.isLeaf()) {
                depth /= 2;
                if (depth == 0) {
                    return false;
                }
                node = tree.root();
                for (int left = depth; left > 0; left -= offset) {
                    node = tree.child(node, fromEnd(left));
                    offset = Math.min(left, node.length);
                }
            }
            return true;
        }

        /** @param distance from the end of text and draft, 1: the last */
        private int fromEnd(int distance) {
            return distance <= size ? tokens[size - distance] : text.token(text.size() + size - distance);
        }
    }
}
