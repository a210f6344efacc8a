package dev.cadenza.load;

/** Kinds of k6 metrics: a sum, a share of samples that are not 0, a distribution. */
enum MetricType {
    COUNTER, RATE, TREND
}
