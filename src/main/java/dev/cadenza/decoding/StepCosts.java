package dev.cadenza.decoding;

/** What a model's decode steps cost on this machine, as far as it is known. Device thread only. */
@FunctionalInterface
public interface StepCosts {
    /** Where nothing was measured: a row costs a tenth of a step. */
    StepCosts UNKNOWN = rows -> 0.9 + 0.1 * rows;

    /**
     * Duration of a step with so many rows in the role DECODE, each of which draws a token; only ratios matter. Never falls with the rows.
     *
     * @param rows 1 or more
     */
    double of(int rows);

    /**
     * The same of a step of so many sequences, each of which draws a token, with drafts.
     *
     * @param draftRows beyond one row per sequence, 0 or more
     */
    default double of(int sequences, int draftRows) {
        return of(sequences + draftRows);
    }
}
