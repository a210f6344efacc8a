package dev.cadenza.decoding.speculative;

/**
 * How often what was guessed behind a match of some length came true, whether it was drafted or not, against what a tree's counts made of it.
 * Counts know little of a context that was seen once; its length tells more. Recent guesses count most. One thread.
 */
final class MatchRecord {
    /** By the length of the match: 1, 2, 3, 4 to 7, more. */
    private static final double[] RIGHT_PER_COUNTED_AT_FIRST = {0.25, 0.5, 0.65, 0.8, 0.9};
    private static final double MEMORY = 0.95;

    private final double[] right = RIGHT_PER_COUNTED_AT_FIRST.clone();
    private final double[] counted = {1, 1, 1, 1, 1};

    /** How often guesses come true for each time that the counts promise it. */
    double trust(int match) {
        int length = length(match);
        return right[length] / counted[length];
    }

    /** @param byCounts the chance that the tree gave the guess */
    void note(int match, double byCounts, boolean cameTrue) {
        int length = length(match);
        right[length] = MEMORY * right[length] + (cameTrue ? 1 : 0);
        counted[length] = MEMORY * counted[length] + byCounts;
    }

    private static int length(int match) {
        return match < 4 ? match - 1 : match < 8 ? 3 : 4;
    }
}
