package dev.cadenza.load;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The samples of one metric. Safe for threads. */
final class Metric {
    private final MetricType type;
    private final boolean time;
    private final ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();

    /** @param time whether values are milliseconds */
    Metric(MetricType type, boolean time) {
        this.type = type;
        this.time = time;
    }

    MetricType type() {
        return type;
    }

    boolean sameAs(MetricType otherType, boolean otherTime) {
        return type == otherType && time == otherTime;
    }

    void add(double value, Map<String, String> tags) {
        samples.add(new Sample(value, tags));
    }

    /** The values of samples that have all these tags, ascending. */
    List<Double> sorted(Map<String, String> tags) {
        return samples.stream().filter(sample -> sample.tags.entrySet().containsAll(tags.entrySet())).map(Sample::value).sorted().toList();
    }

    private record Sample(double value, Map<String, String> tags) {
        Sample {
            tags = Map.copyOf(tags);
        }
    }
}
