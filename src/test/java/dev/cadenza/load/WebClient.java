package dev.cadenza.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** HTTP as k6 does it: the body is handed out whole, with the time to the head and from there to the end. Safe for threads. */
final class WebClient {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern WORD_START = Pattern.compile("(?:^|-)[a-z]");

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Metrics metrics;

    WebClient(Metrics metrics) {
        this.metrics = metrics;
    }

    /**
     * @param body       null for none
     * @param parameters headers, tags, timeout
     * @return k6's response: status, error, headers, body, timings in ms; status 0 where there was no answer
     */
    ObjectNode request(String method, String url, String body, JsonNode parameters, Map<String, String> tags)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(Durations.parse(parameters.path("timeout").asText()))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        parameters.path("headers").properties().forEach(header -> request.header(header.getKey(), header.getValue().asText()));
        var head = new AtomicLong();
        ObjectNode answer = JSON.createObjectNode();
        long start = System.nanoTime();
        try {
            HttpResponse<String> response = client.send(request.build(), _ -> {
                head.set(System.nanoTime());
                return BodySubscribers.ofString(StandardCharsets.UTF_8);
            });
            answer.put("status", response.statusCode()).put("error", "").put("body", response.body());
            ObjectNode headers = answer.putObject("headers");
            response.headers().map().forEach((name, values) -> headers.put(canonical(name), String.join(", ", values)));
        } catch (IOException e) {
            answer.put("status", 0).put("error", e.toString()).putNull("body").putObject("headers");
        }
        long end = System.nanoTime();
        head.compareAndSet(0, end);
        answer.putObject("timings").put("waiting", (head.get() - start) / 1e6).put("receiving", (end - head.get()) / 1e6)
                .put("duration", (end - start) / 1e6);
        record(answer, tags);
        return answer;
    }

    private void record(JsonNode answer, Map<String, String> tags) {
        int status = answer.path("status").asInt();
        Map<String, String> all = new HashMap<>(tags);
        all.put("status", Integer.toString(status));
        metrics.add("http_reqs", 1, all);
        metrics.add("http_req_failed", status >= 200 && status < 400 ? 0 : 1, all);
        answer.path("timings").properties().forEach(timing -> metrics.add("http_req_" + timing.getKey(), timing.getValue().asDouble(), all));
    }

    /** As Go writes header names: Retry-After. */
    private static String canonical(String name) {
        return WORD_START.matcher(name.toLowerCase(java.util.Locale.ROOT)).replaceAll(match -> match.group().toUpperCase(java.util.Locale.ROOT));
    }
}
