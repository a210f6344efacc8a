package dev.cadenza.scheduler;

import dev.cadenza.decoding.StepCosts;
import java.util.Arrays;
import java.util.List;

/**
 * Divides draft rows among the sequences of a step: as many as make the product of their speeds greatest (tokens expected of each, over the step's
 * duration). So a sequence that is alone drafts while it gets faster; in a wide batch one sequence's drafts must not slow the others by more than
 * they gain, and when rows are dear nobody drafts. Pure functions.
 *
 * @see "Nash, The Bargaining Problem, 1950: proportional fairness"
 */
final class DraftShares {
    /** What drafts must promise each sequence at least, against costs and chances that are known only so well. */
    private static final double LEAST_GAIN = 0.02;

    private DraftShares() {
    }

    /**
     * @param prospects per sequence the chances of its draft rows to gain it a token, best first; each sequence has one row anyway
     * @param most      draft rows of the step
     * @return draft rows per sequence
     */
    static int[] of(List<double[]> prospects, int most, StepCosts costs) {
        int sequences = prospects.size();
        int[] shares = new int[sequences];
        int[] best = shares.clone();
        double[] expected = new double[sequences];
        Arrays.fill(expected, 1);
        double plain = sequences == 0 || most <= 0 ? 0 : costs.of(sequences, 0);
        double gain = 0;
        double bestNet = LEAST_GAIN * sequences;
        for (int rows = 1; rows <= most; rows++) {
            int next = -1;
            double largest = 0;
            for (int i = 0; i < sequences; i++) {
                double[] chances = prospects.get(i);
                if (shares[i] < chances.length && chances[shares[i]] / expected[i] > largest) {
                    largest = chances[shares[i]] / expected[i];
                    next = i;
                }
            }
            if (next < 0) {
                return best;
            }
            expected[next] += prospects.get(next)[shares[next]++];
            gain += Math.log1p(largest);
            double net = gain - sequences * Math.log(costs.of(sequences, rows) / plain);
            if (net > bestNet) {
                bestNet = net;
                best = shares.clone();
            }
        }
        return best;
    }
}
