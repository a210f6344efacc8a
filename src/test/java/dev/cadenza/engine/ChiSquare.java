package dev.cadenza.engine;

/** Pearson's test of counts against a law, with the Wilson-Hilferty approximation of the chi-square distribution. */
public final class ChiSquare {
    private ChiSquare() {
    }

    /**
     * Standard normal deviate of the statistic: above 4.75 once in a million runs when the counts follow the law. Tokens expected fewer than 5
     * times share one cell; a token that the law excludes makes it infinite.
     */
    public static double deviate(int[] counts, double[] law) {
        long draws = 0;
        for (int count : counts) {
            draws += count;
        }
        double statistic = 0;
        int cells = 0;
        double rareExpected = 0;
        long rareCount = 0;
        for (int i = 0; i < counts.length; i++) {
            double expected = law[i] * draws;
            if (law[i] == 0 && counts[i] > 0) {
                return Double.POSITIVE_INFINITY;
            }
            if (expected < 5) {
                rareExpected += expected;
                rareCount += counts[i];
            } else {
                statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
                cells++;
            }
        }
        if (rareExpected >= 1) {
            statistic += (rareCount - rareExpected) * (rareCount - rareExpected) / rareExpected;
            cells++;
        }
        if (cells < 2) {
            return Double.NEGATIVE_INFINITY;
        }
        double freedom = cells - 1;
        double spread = 2 / (9 * freedom);
        return (Math.cbrt(statistic / freedom) - (1 - spread)) / Math.sqrt(spread);
    }
}
