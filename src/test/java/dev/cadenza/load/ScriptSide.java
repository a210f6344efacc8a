package dev.cadenza.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.graalvm.polyglot.HostAccess;

/** What the stand-in's JavaScript modules call. One per virtual user, used by one thread at a time; structures travel as JSON. */
public final class ScriptSide {
    private static final JsonMapper JSON = new JsonMapper();

    private final Metrics metrics;
    private final WebClient web;
    private boolean loading = true;
    private Iteration iteration;

    /** @param number unique in its scenario, from 0 @param startTime of the scenario, ms since 1970 */
    record Iteration(String scenario, long startTime, int number) {
    }

    ScriptSide(Metrics metrics, WebClient web) {
        this.metrics = metrics;
        this.web = web;
    }

    void loaded() {
        loading = false;
    }

    /** @param iteration null outside scenarios */
    void begin(Iteration iteration) {
        this.iteration = iteration;
    }

    @HostAccess.Export
    public void declare(String type, String name, boolean time) {
        if (!loading) {
            throw new UnsupportedByStandIn("the metric %s is declared outside the init context".formatted(name));
        }
        metrics.declare(MetricType.valueOf(type), name, time);
    }

    @HostAccess.Export
    public void add(String name, double value, String tags) throws JsonProcessingException {
        running();
        metrics.add(name, value, tags(JSON.readTree(tags)));
    }

    @HostAccess.Export
    public String request(String method, String url, String body, String parameters) throws IOException, InterruptedException {
        running();
        JsonNode given = JSON.readTree(parameters);
        return web.request(method, url, body, given, tags(given.path("tags"))).toString();
    }

    @HostAccess.Export
    public String scenario() {
        return inScenario().scenario();
    }

    @HostAccess.Export
    public double startTime() {
        return inScenario().startTime();
    }

    @HostAccess.Export
    public int iterationInTest() {
        return inScenario().number();
    }

    private void running() {
        if (loading) {
            throw new UnsupportedByStandIn("neither requests nor samples in the init context");
        }
    }

    private Iteration inScenario() {
        if (iteration == null) {
            throw new UnsupportedByStandIn("there is no scenario outside its iterations");
        }
        return iteration;
    }

    private Map<String, String> tags(JsonNode given) {
        Map<String, String> tags = new HashMap<>();
        given.properties().forEach(tag -> tags.put(tag.getKey(), tag.getValue().asText()));
        if (iteration != null) {
            tags.put("scenario", iteration.scenario());
        }
        return tags;
    }
}
