package dev.cadenza.load;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A scenario of a script's options: who calls which exported function, how often and how long. */
sealed interface Scenario {
    String name();

    String function();

    /** Virtual users that are there from the start. */
    int vus();

    /** After which no iteration begins. */
    Duration duration();

    record SharedIterations(String name, String function, int vus, int iterations, Duration duration) implements Scenario {
    }

    record ConstantVus(String name, String function, int vus, Duration duration) implements Scenario {
    }

    /** @param due when iterations are to begin, seconds from the start, ascending */
    record Arrivals(String name, String function, int vus, int maxVus, Duration duration, List<Double> due) implements Scenario {
        public Arrivals {
            due = List.copyOf(due);
        }
    }

    /** @throws UnsupportedByStandIn an executor or field is not known, or a value is none that k6 takes */
    static Scenario parse(String name, JsonNode json) {
        String function = json.path("exec").asText("default");
        return switch (json.path("executor").asText()) {
            case "shared-iterations" -> {
                refuseOthers(json, Set.of("executor", "exec", "vus", "iterations", "maxDuration"));
                yield new SharedIterations(name, function, whole(json, "vus"), whole(json, "iterations"), duration(json, "maxDuration"));
            }
            case "constant-vus" -> {
                refuseOthers(json, Set.of("executor", "exec", "vus", "duration"));
                yield new ConstantVus(name, function, whole(json, "vus"), duration(json, "duration"));
            }
            case "constant-arrival-rate" -> {
                refuseOthers(json, Set.of("executor", "exec", "rate", "timeUnit", "duration", "preAllocatedVUs", "maxVUs"));
                Duration duration = duration(json, "duration");
                double rate = whole(json, "rate") / seconds(duration(json, "timeUnit"));
                yield arrivals(name, function, json, duration, steady(rate, seconds(duration)));
            }
            case "ramping-arrival-rate" -> {
                refuseOthers(json, Set.of("executor", "exec", "startRate", "timeUnit", "stages", "preAllocatedVUs", "maxVUs"));
                List<Stage> stages = new ArrayList<>();
                for (JsonNode stage : json.path("stages")) {
                    refuseOthers(stage, Set.of("target", "duration"));
                    stages.add(new Stage(whole(stage, "target"), seconds(duration(stage, "duration"))));
                }
                Duration duration = Duration.ofNanos((long) (stages.stream().mapToDouble(Stage::seconds).sum() * 1e9));
                yield arrivals(name, function, json, duration, ramp(whole(json, "startRate"), seconds(duration(json, "timeUnit")), stages));
            }
            default -> throw new UnsupportedByStandIn("%s: the executor %s".formatted(name, json.path("executor")));
        };
    }

    /** @param target rate at its end, per time unit */
    record Stage(int target, double seconds) {
    }

    private static Arrivals arrivals(String name, String function, JsonNode json, Duration duration, List<Double> due) {
        int vus = whole(json, "preAllocatedVUs");
        int maxVus = whole(json, "maxVUs");
        if (maxVus < vus) {
            throw new UnsupportedByStandIn("%s: maxVUs %d below preAllocatedVUs %d".formatted(name, maxVus, vus));
        }
        return new Arrivals(name, function, vus, maxVus, duration, due);
    }

    private static List<Double> steady(double rate, double seconds) {
        List<Double> due = new ArrayList<>();
        for (int i = 0; i / rate < seconds; i++) {
            due.add(i / rate);
        }
        return due;
    }

    /**
     * The n-th arrival is when the area below the rate's line reaches n.
     *
     * @param unit seconds that the rates count by
     */
    static List<Double> ramp(int startRate, double unit, List<Stage> stages) {
        List<Double> due = new ArrayList<>();
        double before = 0;
        double area = 0;
        double from = startRate / unit;
        for (Stage stage : stages) {
            double to = stage.target / unit;
            double grown = (from + to) / 2 * stage.seconds;
            double curve = stage.seconds == 0 ? 0 : (to - from) / (2 * stage.seconds);
            while (stage.seconds > 0 && due.size() + 1 <= area + grown + 1e-9) {
                double missing = due.size() + 1 - area;
                double root = Math.sqrt(Math.max(0, from * from + 4 * curve * missing));
                due.add(before + 2 * missing / (from + root));
            }
            area += grown;
            before += stage.seconds;
            from = to;
        }
        return due;
    }

    private static void refuseOthers(JsonNode json, Set<String> known) {
        json.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw new UnsupportedByStandIn("the field %s of a scenario".formatted(field));
            }
        });
    }

    private static int whole(JsonNode json, String field) {
        if (!json.path(field).isIntegralNumber() || json.path(field).asInt() < 1) {
            throw new UnsupportedByStandIn("%s must be a whole number above 0, got %s".formatted(field, json.path(field)));
        }
        return json.path(field).asInt();
    }

    private static Duration duration(JsonNode json, String field) {
        return Durations.parse(json.path(field).asText());
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
