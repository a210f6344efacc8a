package dev.cadenza.decoding.speculative;

/**
 * What a sequence's drafts are worth, by its own record: turns a source's odds into the chances that have come true so far, and limits the rows to a
 * credit that right drafts earn and wrong ones use up. On text that cannot be foreseen a row is tried now and then: 2 at first, then one per 40
 * tokens. One thread.
 */
final class Confidence {
    private static final double CREDIT_AT_FIRST = 2;
    private static final double CREDIT_PER_TOKEN = 1.0 / 40;
    /** A row that gains a token is worth several that gain none, where rows are cheap. Whether they are, the step's planner knows. */
    private static final double CREDIT_PER_HIT = 8;
    private static final double MOST_CREDIT = 128;
    /** Turns without a draft until a row is tried regardless of the odds. */
    private static final int TRY_AFTER = 32;
    private static final double MEMORY = 0.9;
    private static final double TRUST_AT_FIRST = 1;
    private static final double MOST = 0.98;

    private double credit = CREDIT_AT_FIRST;
    private double expected = TRUST_AT_FIRST;
    private double hits = TRUST_AT_FIRST;
    private int turnsWithout;

    /** Rows that the sequence may draft now. */
    int rows() {
        return (int) credit;
    }

    /** Chances that the draft's nodes are reached and right. */
    double[] chances(Draft draft) {
        double[] chances = new double[draft.size()];
        for (int i = 0; i < chances.length; i++) {
            int parent = draft.parents()[i];
            chances[i] = (parent < 0 ? 1 : chances[parent]) * Math.min(MOST, draft.odds()[i] * hits / expected);
        }
        if (chances.length > 0 && turnsWithout >= TRY_AFTER) {
            chances[0] = 1;
        }
        return chances;
    }

    /** A turn gained {@code tokens} without a draft. */
    void passed(int tokens) {
        turnsWithout++;
        earn(tokens * CREDIT_PER_TOKEN);
    }

    /** A turn's draft was verified. @param right per node whether it was kept */
    void settle(Draft draft, boolean[] right) {
        turnsWithout = 0;
        int kept = 0;
        for (int i = 0; i < right.length; i++) {
            if (draft.parents()[i] < 0 || right[draft.parents()[i]]) {
                expected = MEMORY * expected + draft.odds()[i];
                hits = MEMORY * hits + (right[i] ? 1 : 0);
            }
            kept += right[i] ? 1 : 0;
        }
        earn(CREDIT_PER_HIT * kept - (right.length - kept) + (kept + 1) * CREDIT_PER_TOKEN);
    }

    private void earn(double change) {
        credit = Math.max(0, Math.min(MOST_CREDIT, credit + change));
    }
}
