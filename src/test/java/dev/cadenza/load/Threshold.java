package dev.cadenza.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A condition on a metric, such as {@code p(95)<200} on {@code inter_token_gap{step:2}}.
 *
 * @param metric     its name
 * @param tags       of the samples that count
 * @param expression as written
 */
record Threshold(String metric, Map<String, String> tags, String expression) {
    private static final Pattern METRIC = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)(?:\\{([^{}]+)})?");
    private static final Pattern EXPRESSION = Pattern
            .compile("\\s*(avg|min|max|med|count|rate|p\\((\\d+(?:\\.\\d+)?)\\))\\s*(<=|>=|===|==|!=|<|>)\\s*(\\d+(?:\\.\\d+)?)\\s*");

    Threshold {
        tags = Map.copyOf(tags);
    }

    /** @throws UnsupportedByStandIn either text is not understood, or the metric has no such figure */
    static Threshold parse(String metricAndTags, String expression, Metrics metrics) {
        Matcher name = METRIC.matcher(metricAndTags);
        if (!name.matches()) {
            throw new UnsupportedByStandIn("no metric with tags: " + metricAndTags);
        }
        Metric metric = metrics.find(name.group(1)).orElseThrow(() -> new UnsupportedByStandIn("a threshold on no metric: " + metricAndTags));
        Matcher condition = EXPRESSION.matcher(expression);
        if (!condition.matches() || !has(metric.type(), condition.group(1))) {
            throw new UnsupportedByStandIn("%s (%s) has no threshold '%s'".formatted(metricAndTags, metric.type(), expression));
        }
        return new Threshold(name.group(1), name.group(2) == null ? Map.of() : tags(name.group(2)), expression);
    }

    private static Map<String, String> tags(String text) {
        Map<String, String> tags = new HashMap<>();
        for (String tag : text.split(",")) {
            String[] parts = tag.split(":", 2);
            if (parts.length < 2) {
                throw new UnsupportedByStandIn("a tag without value: " + text);
            }
            tags.put(parts[0].strip(), parts[1].strip());
        }
        return tags;
    }

    private static boolean has(MetricType type, String figure) {
        return switch (type) {
            case COUNTER -> figure.equals("count") || figure.equals("rate");
            case RATE -> figure.equals("rate");
            case TREND -> !figure.equals("count") && !figure.equals("rate");
        };
    }

    /**
     * As in k6, a metric without samples breaks no threshold.
     *
     * @param seconds how long the test ran
     */
    Verdict judge(Metrics metrics, double seconds) {
        Metric judged = metrics.find(metric).orElseThrow();
        List<Double> values = judged.sorted(tags);
        if (values.isEmpty()) {
            return new Verdict(this, 0, Double.NaN, true);
        }
        Matcher condition = EXPRESSION.matcher(expression);
        if (!condition.matches()) {
            throw new IllegalStateException(expression);
        }
        double value = figure(judged.type(), condition, values, seconds);
        return new Verdict(this, values.size(), value, holds(value, condition.group(3), Double.parseDouble(condition.group(4))));
    }

    private static double figure(MetricType type, Matcher condition, List<Double> values, double seconds) {
        double sum = values.stream().mapToDouble(Double::doubleValue).sum();
        return switch (condition.group(1)) {
            case "count" -> sum;
            case "rate" -> type == MetricType.COUNTER ? sum / seconds : (double) values.stream().filter(value -> value != 0).count() / values.size();
            case "avg" -> sum / values.size();
            case "min" -> values.getFirst();
            case "max" -> values.getLast();
            case "med" -> quantile(values, 0.5);
            default -> quantile(values, Double.parseDouble(condition.group(2)) / 100);
        };
    }

    private static double quantile(List<Double> sorted, double share) {
        double place = share * (sorted.size() - 1);
        int below = (int) Math.floor(place);
        int above = (int) Math.ceil(place);
        return sorted.get(below) + (sorted.get(above) - sorted.get(below)) * (place - below);
    }

    private static boolean holds(double value, String operator, double limit) {
        return switch (operator) {
            case "<" -> value < limit;
            case "<=" -> value <= limit;
            case ">" -> value > limit;
            case ">=" -> value >= limit;
            case "!=" -> value != limit;
            default -> value == limit;
        };
    }

    /** @param samples that were judged @param value NaN without samples */
    record Verdict(Threshold threshold, int samples, double value, boolean passed) {
        @Override
        public String toString() {
            Object tags = threshold.tags.isEmpty() ? "" : threshold.tags;
            return "%s %s%s %s: %.3f of %d samples".formatted(passed ? "ok" : "BROKEN", threshold.metric, tags, threshold.expression, value, samples);
        }
    }
}
