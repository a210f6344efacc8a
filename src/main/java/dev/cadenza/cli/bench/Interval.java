package dev.cadenza.cli.bench;

/** Where a share lies that is known from a sample only. */
record Interval(double low, double high) {
    /** Of the normal law, two-sided. */
    private static final double Z_95 = 1.959964;

    /**
     * @param some of {@code all} independent trials, 1 or more
     * @see "Wilson, Probable inference, the law of succession, and statistical inference, 1927"
     */
    static Interval wilson95(int some, int all) {
        double share = some / (double) all;
        double weight = Z_95 * Z_95 / all;
        double middle = (share + weight / 2) / (1 + weight);
        double half = Z_95 * Math.sqrt(share * (1 - share) / all + weight / all / 4) / (1 + weight);
        return new Interval(Math.max(0, middle - half), Math.min(1, middle + half));
    }

    String percent() {
        return "%s to %s %%".formatted(Table.decimals(100 * low, 1), Table.decimals(100 * high, 1));
    }
}
