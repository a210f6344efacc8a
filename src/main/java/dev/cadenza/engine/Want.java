package dev.cadenza.engine;

/** Something to bring back from a row of a segment. */
public sealed interface Want {

    /** Index of the row within its segment. */
    int row();

    /**
     * Draws the token that follows the row.
     *
     * @param draw       identifies the random numbers; without effect when the law is greedy
     * @param topLogprobs how many of the most likely tokens to report with raw log-probabilities, 0..20; -1: no log-probability at all
     */
    record Sample(int row, Law law, Draw draw, int topLogprobs) implements Want {
        public Sample {
            if (topLogprobs < -1 || topLogprobs > 20) {
                throw new IllegalArgumentException("topLogprobs must be in [-1, 20], got " + topLogprobs);
            }
        }
    }
}
