package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.speculative.Successors.Basis;

/**
 * The chance that it is the successor of this rank that follows, learned from what did follow: per basis of the successors, and apart for a
 * sequence's last token and for tokens drafted behind it, which, being right, stand in text that can be foreseen. Old events fade. One thread.
 */
final class SuccessorOdds {
    /**
     * Chance of the first successor before anything was learned, [basis][0: behind the last token, 1: behind a draft token], as in chats with a model
     * of 135 million parameters. The others share a third of the rest, each with half of the one before.
     */
    private static final double[][] FIRST = {{0.4, 0.5}, {0.15, 0.3}, {0.18, 0.28}, {0.33, 0.45}, {0.5, 0.65}, {0.68, 0.77}};
    /** Events that the first guess counts as. */
    private static final int GUESS = 16;
    private static final int MEMORY = 500;

    /** [basis and place][rank]; the sum over the ranks is at most 1. */
    private final double[][] odds = new double[2 * FIRST.length][Successors.MOST];
    private final int[] events = new int[odds.length];

    SuccessorOdds() {
        for (int row = 0; row < odds.length; row++) {
            double first = FIRST[row / 2][row % 2];
            for (int rank = 0; rank < Successors.MOST; rank++) {
                odds[row][rank] = rank == 0 ? first : (1 - first) / 3 * Math.pow(0.5, rank);
            }
        }
    }

    /** @param drafted whether they are successors of a draft token, not of the sequence's last */
    double of(Basis basis, boolean drafted, int rank) {
        return odds[row(basis, drafted)][rank];
    }

    /** Something followed. @param rank of it among the successors; -1: it was none of them */
    void learn(Basis basis, boolean drafted, int rank) {
        int row = row(basis, drafted);
        double weight = 1.0 / Math.min(MEMORY, GUESS + ++events[row]);
        for (int i = 0; i < Successors.MOST; i++) {
            odds[row][i] += weight * ((i == rank ? 1 : 0) - odds[row][i]);
        }
        events[row] = Math.min(MEMORY, events[row]);
    }

    private static int row(Basis basis, boolean drafted) {
        return 2 * basis.ordinal() + (drafted ? 1 : 0);
    }
}
