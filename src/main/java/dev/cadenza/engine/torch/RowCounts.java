package dev.cadenza.engine.torch;

import java.util.Arrays;

/**
 * Numbers of rows in which the dense kernel gives a row the same bits. FBGEMM's float16 kernel, for one, sums differently in the groups of one or
 * two rows that some numbers leave over (1, 2, 7, 14, ... on AVX2), so such a call gets a few rows of padding.
 *
 * @param padded per number of rows up to the most of a call, the number to run instead
 */
record RowCounts(int... padded) {

    /** As they come, in calls of at most {@code most} rows. */
    static RowCounts any(int most) {
        int[] same = new int[most + 1];
        Arrays.setAll(same, n -> n);
        return new RowCounts(same);
    }

    /** @param good per number of rows 0 .. most whether it may be run; the last one may */
    static RowCounts of(boolean[] good) {
        int[] padded = new int[good.length];
        int next = good.length - 1;
        for (int n = good.length - 1; n > 0; n--) {
            next = good[n] ? n : next;
            padded[n] = next;
        }
        return new RowCounts(padded);
    }

    /** Most rows of one call. */
    int most() {
        return padded.length - 1;
    }

    /** Rows to run for {@code rows}, over all calls. */
    int total(int rows) {
        return rows / most() * most() + padded[rows % most()];
    }
}
