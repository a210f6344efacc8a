package dev.cadenza.decoding.speculative;

import java.util.Arrays;

/** What drafting on a second model gains. Pure functions. */
final class DraftGain {
    private DraftGain() {
    }

    /**
     * Each level's draft costs a step of the draft model, so that a turn of l levels takes 1 + l * cost as long as a plain one; what a level gains is
     * how many more tokens come in a plain turn's time.
     *
     * @param chances  per row that it is reached and right, the rows level by level; one first row that is certain is tried whatever it costs
     * @param siblings rows of a level; the last may have fewer
     * @param cost     of a draft step, as part of a step of the first model
     * @return per row, never rising, its level's gain in equal parts, as long as that is positive
     */
    static double[] of(double[] chances, int siblings, double cost) {
        if (cost >= 1) {
            return new double[0];
        }
        if (chances[0] == 1) {
            return new double[] {1};
        }
        double[] gains = new double[chances.length];
        double expected = 1;
        double before = 1;
        double last = 1;
        for (int level = 1, from = 0; from < gains.length; level++) {
            int to = Math.min(gains.length, from + siblings);
            expected += Arrays.stream(chances, from, to).sum();
            double now = expected / (1 + level * cost);
            last = Math.min(last, (now - before) / (to - from));
            if (last <= 0) {
                return Arrays.copyOf(gains, from);
            }
            Arrays.fill(gains, from, to, last);
            before = now;
            from = to;
        }
        return gains;
    }
}
