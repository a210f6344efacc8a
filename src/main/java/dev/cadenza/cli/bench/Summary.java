package dev.cadenza.cli.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Median and spread of repeated measurements.
 *
 * @param count of measurements, 1 or more
 */
record Summary(double median, double min, double max, int count) {

    /** @throws IllegalArgumentException there is none, or one is not a number */
    static Summary of(double... values) {
        double[] sorted = sorted(values);
        return new Summary(atQuantile(sorted, 0.5), sorted[0], sorted[sorted.length - 1], sorted.length);
    }

    /** Median, least and greatest, for programs. */
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("median", median);
        json.put("min", min);
        json.put("max", max);
        return json;
    }

    /** @param quantile in [0, 1]; between two values it lies proportionally between them */
    static double quantile(double[] values, double quantile) {
        return atQuantile(sorted(values), quantile);
    }

    private static double[] sorted(double[] values) {
        if (values.length == 0 || Arrays.stream(values).anyMatch(Double::isNaN)) {
            throw new IllegalArgumentException("nothing to summarise in " + Arrays.toString(values));
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    private static double atQuantile(double[] sorted, double quantile) {
        double place = quantile * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
