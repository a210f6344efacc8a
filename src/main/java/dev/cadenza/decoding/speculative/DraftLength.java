package dev.cadenza.decoding.speculative;

import java.util.function.IntToDoubleFunction;

/**
 * How many tokens a sequence drafts in its next turn when each takes a move of its own: as many as give the most tokens per time at the share that
 * came true so far. Where that does not beat plain decoding, drafting is tried with one token now and then: once at first, then once per 60 tokens.
 * One thread.
 *
 * @see "Zarch et al., DEL, 2025: tokens per layer, with one exit layer"
 */
final class DraftLength {
    private static final double TRIES_AT_FIRST = 1;
    private static final double TRIES_PER_TOKEN = 1.0 / 60;
    private static final double MEMORY = 0.9;
    private static final double TRUST_AT_FIRST = 0.5;
    private static final double MOST = 0.98;
    /** What drafting must promise at least, for costs and the share are known only so well, and a move costs more than its layers. */
    private static final double LEAST_SPEED = 1.05;

    private final IntToDoubleFunction duration;
    private double tries = TRIES_AT_FIRST;
    private double right = TRUST_AT_FIRST;
    private double wrong = TRUST_AT_FIRST;

    /** @param duration of a turn with so many draft tokens, in turns without */
    DraftLength(IntToDoubleFunction duration) {
        this.duration = duration;
    }

    /** @param most draft tokens that the next turn may have */
    int next(int most) {
        double share = Math.min(MOST, right / (right + wrong));
        int best = 0;
        double bestSpeed = LEAST_SPEED;
        double tokens = 1;
        double reached = 1;
        for (int drafts = 1; drafts <= most; drafts++) {
            reached *= share;
            tokens += reached;
            double speed = tokens / duration.applyAsDouble(drafts);
            if (speed > bestSpeed) {
                bestSpeed = speed;
                best = drafts;
            }
        }
        return best > 0 || tries < 1 ? best : Math.min(1, most);
    }

    /** A turn ended. @param accepted of the drafted tokens: those before the first wrong one */
    void settle(int drafted, int accepted) {
        for (int i = 0; i < Math.min(drafted, accepted + 1); i++) {
            right = MEMORY * right + (i < accepted ? 1 : 0);
            wrong = MEMORY * wrong + (i < accepted ? 0 : 1);
        }
        tries = Math.max(0, Math.min(TRIES_AT_FIRST, tries - drafted + (accepted + 1) * TRIES_PER_TOKEN));
    }
}
