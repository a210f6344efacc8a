package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchCommandTest {
    private static final Duration PAUSE = Duration.ofMillis(4);
    private static final JsonMapper JSON = new JsonMapper();

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--batches 0             | --batches must be in [1, 4096], got 0",
        "--chunk 200             | --chunk must be a multiple of 64, got 200",
        "--only prefill,encode   | --only must be one of limits, prefill, decode, verify, got encode",
        "--precision int2        | --precision must be one of fast, float32, got int2",
        "--with-engine           | --with-engine needs --http",
        "--http http://10.0.0.1/v1 | --http: 10.0.0.1 is not this machine; --allow-remote puts load on another",
        "--against http://example.org/v1 | --against: example.org is not this machine; --allow-remote puts load on another",
        "strategies --batches 65 | --batches must be in [1, 64], got 65",
        "strategies --workloads copy,poems | --workloads must be one of copy, code, structured, chat, unpredictable, got poems",
        "strategies --only speed,taste | --only must be one of speed, quality, skip_law, cntp, mixed, got taste",
        "strategies --questions 41 | --questions must be in [1, 40], got 41",
        "strategies --minutes 0  | --minutes must be in [1, 1440], got 0",
        "--http ftp://127.0.0.1  | --http: must be a URL such as http://127.0.0.1:8080/v1, got ftp://127.0.0.1",
    })
    void wrongArgumentsAreNamed(String arguments, String message) {
        assertThat(execute(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString()).startsWith(message);
    }

    @Test
    void thisMachineHasManyNames() {
        for (String host : List.of("localhost", "127.0.0.1", "127.1.2.3", "[::1]")) {
            assertThat(Endpoint.parse("http://" + host + ":8080/v1/", false).at("/models")).hasToString("http://" + host + ":8080/v1/models");
        }
        assertThat(Endpoint.parse("https://example.org/v1", true).base()).hasToString("https://example.org/v1");
    }

    @Test
    void theRealEngineIsMeasuredInSeconds() throws Exception {
        // when
        int status = execute("--quick", "--json", "--repetitions", "1", "--kv-mib", "64", "--prompts", "128", "--batches", "1,2", "--contexts", "64",
                "--chains", "4");

        // then
        assertThat(err.toString()).doesNotContain("cadenza:");
        assertThat(status).isZero();
        JsonNode root = JSON.readTree(out.toString());
        assertThat(works(root)).containsExactly("memory after load", "machine", "prefill 128", "decode batch 1 context 64", "decode batch 2 context 64",
                "verify 4 context 128", "memory at the end");
        root.path("figures").forEach(figure -> assertThat(figure.path("median").doubleValue()).as(figure.toString()).isPositive());
        assertThat(root.path("head").path("engine").asText()).contains("decode");
        assertThat(root.path("head").path("settings").asText()).startsWith("precision=fast threads=");
    }

    @Test
    void twoServersGetTheSameQuestionsInTurn() throws Exception {
        // Slow enough that a client which is late for some words still sees gaps between most.
        Duration pace = Duration.ofMillis(20);
        try (var ours = new FakeServer("small", 8, pace, 200); var peer = new FakeServer("large", 6, pace.multipliedBy(8), 200)) {
            // when
            int status = execute("--quick", "--json", "--repetitions", "2", "--http", ours.url(), "--against", peer.url(), "--clients", "1,3", "--tokens", "8");

            // then
            assertThat(status).as(err.toString()).isZero();
            JsonNode root = JSON.readTree(out.toString());
            assertThat(works(root)).containsExactly("ours, 1 client", "peer, 1 client", "ours to peer, 1 client", "ours, 3 clients", "peer, 3 clients",
                    "ours to peer, 3 clients");
            assertThat(root.path("head").path("peer").asText()).isEqualTo("large at " + peer.url());
            assertThat(root.path("notes")).singleElement().extracting(JsonNode::asText).asString()
                    .matches("the peer: (\\d+) of \\1 answers were shorter than the 8 tokens asked for, the shortest 6; .*");
            assertThat(questions(peer)).hasSizeGreaterThanOrEqualTo(3 + 9).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(questions(ours));
            assertThat(median(root, "ours to peer, 1 client", "gap p50")).as("the peer pauses eight times as long").isGreaterThan(2);
            JsonNode request = JSON.readTree(ours.requests.getFirst());
            assertThat(request.path("model").asText()).isEqualTo("small");
            assertThat(request.path("temperature").asDouble(1)).isZero();
            assertThat(request.path("max_tokens").asInt()).isEqualTo(8);
        }
    }

    @Test
    void withTheEngineBesideItAServersOwnShareIsTold() throws Exception {
        try (var ours = new FakeServer("small", 8, PAUSE, 200)) {
            // when
            int status = execute("--quick", "--repetitions", "1", "--kv-mib", "64", "--http", ours.url(), "--with-engine", "--clients", "1,2", "--tokens", "8");

            // then
            assertThat(status).as(err.toString()).isZero();
            assertThat(out.toString().lines().filter(line -> line.startsWith("|")).map(line -> line.split("\\|")[1].strip()).distinct())
                    .contains("gateway, 1 client", "gateway, 2 clients");
            assertThat(out.toString()).contains("per request", "per token", "per step");
        }
    }

    @Test
    void aServerThatRefusesEndsTheBench() {
        try (var busy = new FakeServer("small", 8, PAUSE, 429)) {
            assertThat(execute("--quick", "--http", busy.url())).isEqualTo(1);
            assertThat(err.toString()).contains(busy.url(), "status 429", "full");
        }
    }

    @Test
    void anAbsentServerEndsTheBench() {
        var gone = new FakeServer("small", 8, PAUSE, 200);
        gone.close();

        assertThat(execute("--quick", "--http", gone.url())).isEqualTo(1);
        assertThat(err.toString()).startsWith("cadenza: no server answers at " + gone.url());
    }

    private static List<String> works(JsonNode root) {
        List<String> works = new ArrayList<>();
        root.path("figures").forEach(figure -> works.add(figure.path("work").asText()));
        return works.stream().distinct().toList();
    }

    private static double median(JsonNode root, String work, String name) {
        for (JsonNode figure : root.path("figures")) {
            if (figure.path("work").asText().equals(work) && figure.path("figure").asText().equals(name)) {
                return figure.path("median").doubleValue();
            }
        }
        throw new AssertionError("no figure %s of %s in %s".formatted(name, work, root));
    }

    private static List<String> questions(FakeServer server) throws Exception {
        List<String> questions = new ArrayList<>();
        for (String request : server.requests) {
            questions.add(JSON.readTree(request).at("/messages/0/content").asText());
        }
        return questions;
    }

    private int execute(String... arguments) {
        String[] given = Arrays.stream(arguments).filter(argument -> !argument.isEmpty()).toArray(String[]::new);
        return new CommandLine(new BenchCommand()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(given);
    }
}
