package dev.cadenza.load;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs a k6 script without k6: in GraalJS, with stand-ins for the modules that it imports, each virtual user in a world and on a thread of its own.
 * Much of k6 is missing, and all of that is refused.
 */
public final class LoadScript {
    private static final Path FOLDER = Path.of("k6");

    private final Path script;

    private LoadScript(Path script) {
        this.script = script;
    }

    /** @param name of a script of this repository, without suffix */
    public static LoadScript named(String name) {
        return at(FOLDER.resolve(name + ".js"));
    }

    static LoadScript at(Path script) {
        return new LoadScript(script);
    }

    /**
     * Returns when all scenarios are over.
     *
     * @param environment what the script sees as {@code __ENV}
     * @throws UnsupportedByStandIn the script uses what is not there
     * @throws Exception            the script failed
     */
    public Outcome run(Map<String, String> environment) throws Exception {
        var metrics = new Metrics();
        var web = new WebClient(metrics);
        List<ScenarioRun> runs = new ArrayList<>();
        try (var first = new VirtualUser(script, environment, metrics, web)) {
            JsonNode options = first.options();
            refuseOthers(options);
            List<Threshold> thresholds = thresholds(options.path("thresholds"), metrics);
            for (var scenario : options.path("scenarios").properties()) {
                runs.add(new ScenarioRun(Scenario.parse(scenario.getKey(), scenario.getValue()), metrics,
                        () -> new VirtualUser(script, environment, metrics, web)));
            }
            long start = System.nanoTime();
            String data = first.has("setup") ? first.call("setup", null, null) : null;
            together(runs, data);
            if (first.has("teardown")) {
                first.call("teardown", null, data);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Outcome(thresholds.stream().map(threshold -> threshold.judge(metrics, seconds)).toList(), metrics);
        } finally {
            runs.forEach(ScenarioRun::close);
        }
    }

    private static void refuseOthers(JsonNode options) {
        options.fieldNames().forEachRemaining(option -> {
            if (!Set.of("scenarios", "thresholds").contains(option)) {
                throw new UnsupportedByStandIn("the option " + option);
            }
        });
    }

    private static List<Threshold> thresholds(JsonNode json, Metrics metrics) {
        List<Threshold> thresholds = new ArrayList<>();
        for (var metric : json.properties()) {
            for (JsonNode expression : metric.getValue()) {
                if (!expression.isTextual()) {
                    throw new UnsupportedByStandIn("a threshold that is more than text: " + expression);
                }
                thresholds.add(Threshold.parse(metric.getKey(), expression.asText(), metrics));
            }
        }
        return thresholds;
    }

    private static void together(List<ScenarioRun> runs, String data) throws Exception {
        try (ExecutorService scenarios = Executors.newCachedThreadPool()) {
            List<Future<?>> running = new ArrayList<>();
            for (ScenarioRun run : runs) {
                running.add(scenarios.submit(() -> {
                    run.run(data);
                    return null;
                }));
            }
            for (Future<?> run : running) {
                run.get();
            }
        }
    }

    /** What came of it. */
    public static final class Outcome {
        private final List<Threshold.Verdict> verdicts;
        private final Metrics metrics;

        private Outcome(List<Threshold.Verdict> verdicts, Metrics metrics) {
            this.verdicts = List.copyOf(verdicts);
            this.metrics = metrics;
        }

        /** One line each: what was demanded and what was measured. */
        public List<String> broken() {
            return verdicts.stream().filter(verdict -> !verdict.passed()).map(Threshold.Verdict::toString).toList();
        }

        /** Thresholds that had nothing to judge, as metric and tags. */
        public List<String> unjudged() {
            return verdicts.stream().filter(verdict -> verdict.samples() == 0).map(verdict -> verdict.threshold().toString()).toList();
        }

        /** All samples of a metric, ascending. */
        public List<Double> samples(String metric) {
            return samples(metric, Map.of());
        }

        /** Those with these tags. */
        public List<Double> samples(String metric, Map<String, String> tags) {
            return metrics.find(metric).orElseThrow().sorted(tags);
        }

        @Override
        public String toString() {
            return String.join("\n", verdicts.stream().map(Threshold.Verdict::toString).toList());
        }
    }
}
