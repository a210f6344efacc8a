package dev.cadenza.load;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** All metrics of a run by name: k6's own that the stand-in keeps, and those that the script declares. Safe for threads. */
final class Metrics {
    private final Map<String, Metric> byName = new ConcurrentHashMap<>();

    Metrics() {
        for (String trend : new String[] {"http_req_duration", "http_req_waiting", "http_req_receiving"}) {
            declare(MetricType.TREND, trend, true);
        }
        for (String counter : new String[] {"http_reqs", "iterations", "dropped_iterations"}) {
            declare(MetricType.COUNTER, counter, false);
        }
        declare(MetricType.RATE, "http_req_failed", false);
        declare(MetricType.RATE, "checks", false);
    }

    /** Each virtual user declares the same metrics; the first one makes them. */
    void declare(MetricType type, String name, boolean time) {
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]{0,127}")) {
            throw new UnsupportedByStandIn("a metric cannot be called '%s'".formatted(name));
        }
        if (!byName.computeIfAbsent(name, _ -> new Metric(type, time)).sameAs(type, time)) {
            throw new UnsupportedByStandIn("the metric %s is declared twice, differently".formatted(name));
        }
    }

    void add(String name, double value, Map<String, String> tags) {
        byName.get(name).add(value, tags);
    }

    Optional<Metric> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
