package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;
import picocli.CommandLine;

class LoadCommandTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PAUSE = Duration.ofMillis(5);

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    @Test
    void aRampLoadsBothServersAndDrawsThem() throws Exception {
        try (var ours = new FakeServer("small", 8, PAUSE, 200); var peer = new FakeServer("large", 8, PAUSE.multipliedBy(4), 200)) {
            Path plot = folder.resolve("ramp.svg");

            int status = execute("--url", ours.url(), "--against", peer.url(), "--clients", "1,4", "--seconds", "3", "--warm-up", "0", "--tokens", "8",
                    "--pid", Long.toString(ProcessHandle.current().pid()), "--json", "--plot", plot.toString());

            assertThat(status).as(err.toString()).isZero();
            JsonNode load = JSON.readTree(out.toString()).path("load");
            assertThat(load).extracting(line -> line.path("load").asText()).containsExactly("ours, 1 client", "peer, 1 client", "ours, 4 clients",
                    "peer, 4 clients");
            assertThat(load.get(2).path("tokens_per_second").doubleValue()).isGreaterThan(load.get(0).path("tokens_per_second").doubleValue() * 1.5);
            assertThat(load.get(0).path("tokens_per_second").doubleValue()).isGreaterThan(load.get(1).path("tokens_per_second").doubleValue() * 1.5);
            assertThat(load.get(0).path("megabytes").doubleValue()).isPositive();
            assertThat(load.get(0).path("errors").intValue() + load.get(0).path("refused").intValue()).isZero();
            assertThat(questions(ours)).doesNotHaveDuplicates();
            var svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(Files.readString(plot))));
            assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @CsvSource({"429, 1", "503, 0"})
    void aRefusalIsWaitedForAndCountedAndOneThatDoesNotSayWhenIsTold(int status, int silent) throws Exception {
        try (var busy = new FakeServer("small", 8, PAUSE, status)) {
            assertThat(execute("--url", busy.url(), "--clients", "2", "--seconds", "5", "--warm-up", "0", "--json")).isZero();

            JsonNode line = JSON.readTree(out.toString()).path("load").path(0);
            // Two clients that wait half a second to a second each time.
            assertThat(line.path("refused").intValue()).isBetween(10, 20);
            assertThat(line.path("refused_without_retry_after").intValue()).isEqualTo(silent * line.path("refused").intValue());
            assertThat(line.path("tokens_per_second").doubleValue()).isZero();
        }
    }

    @Test
    void otherErrorsAreCountedAndQuoted() throws Exception {
        try (var broken = new FakeServer("small", 8, PAUSE, 500)) {
            assertThat(execute("--url", broken.url(), "--clients", "1", "--seconds", "5", "--warm-up", "0", "--json")).isZero();

            JsonNode root = JSON.readTree(out.toString());
            assertThat(root.path("load").path(0).path("errors").intValue()).isPositive();
            assertThat(root.path("notes").toString()).contains("status 500");
        }
    }

    @Test
    void aMixAsksEachStrategyInTurn() throws Exception {
        try (var ours = new FakeServer("small", 8, Duration.ZERO, 200)) {
            assertThat(execute("--url", ours.url(), "--shape", "mix", "--clients", "1", "--seconds", "5", "--warm-up", "0", "--json")).isZero();

            List<String> strategies = new ArrayList<>();
            for (String request : ours.requests) {
                strategies.add(JSON.readTree(request).at("/decoding/strategy").asText());
            }
            assertThat(strategies.subList(0, 8)).containsExactly("standard", "speculative", "speculative", "skip_decode", "cntp", "diff_adapt", "momentum", "cyclic_reflex");
            assertThat(JSON.readTree(ours.requests.get(6)).path("temperature").doubleValue()).isZero();
        }
    }

    @Test
    void aSpikeTellsWhenFirstTextsAreBack() throws Exception {
        try (var ours = new FakeServer("small", 8, PAUSE, 200)) {
            assertThat(execute("--url", ours.url(), "--shape", "spike", "--clients", "1,6", "--seconds", "3", "--warm-up", "0", "--json")).isZero();

            JsonNode root = JSON.readTree(out.toString());
            assertThat(root.path("load")).extracting(line -> line.path("load").asText()).containsExactly("before, 1 clients", "spike, 6 clients",
                    "after, 1 clients");
            assertThat(root.path("load").path(1).path("answers_per_second").doubleValue()).isGreaterThan(2 * root.path("load").path(0).path("answers_per_second").doubleValue());
            assertThat(root.path("notes").toString()).contains("first texts");
        }
    }

    @Test
    void whatCameBeforeAWindowDoesNotCount() {
        var log = new ClosedLoop.Log(0, new ConcurrentLinkedQueue<>(List.of(
                new StreamedAnswer(500_000_000L, List.of(900_000_000L, 1_100_000_000L, 1_500_000_000L, 2_500_000_000L), 8, 5),
                new StreamedAnswer(1_200_000_000L, List.of(1_300_000_000L, 1_400_000_000L), 2, 5))),
                new ConcurrentLinkedQueue<>(List.of(new ClosedLoop.Refusal(500, true), new ClosedLoop.Refusal(1_500_000_000L, false))),
                new ConcurrentLinkedQueue<>());

        LoadWindow window = LoadWindow.of("w", log, 1, 2, OptionalDouble.empty());

        // Two of four texts of eight tokens, and two tokens.
        assertThat(window.speed()).isCloseTo(6, within(1e-9));
        assertThat(window.answers()).isEqualTo(1);
        assertThat(window.firstText()).containsExactly(100);
        assertThat(window.refused()).isEqualTo(1);
        assertThat(window.silent()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--clients 0 | --clients must be in [1, 1024], got 0", "--shape hill | --shape must be one of ramp, mix, spike, soak, got hill",
        "--tokens 1 | --tokens must be in [2, 8192], got 1", "--url ftp://x | --url: ", "--shape soak --against http://127.0.0.1:1/v1 | --against goes with --shape ramp"})
    void badOptionsAreRefused(String arguments, String message) {
        assertThat(execute(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    @Test
    void anAbsentServerEndsTheBench() {
        var gone = new FakeServer("small", 8, PAUSE, 200);
        gone.close();

        assertThat(execute("--url", gone.url())).isEqualTo(1);
        assertThat(err.toString()).startsWith("cadenza: no server answers at " + gone.url());
    }

    private static List<String> questions(FakeServer server) throws Exception {
        List<String> questions = new ArrayList<>();
        for (String request : server.requests) {
            questions.add(JSON.readTree(request).at("/messages/0/content").asText());
        }
        return questions;
    }

    private int execute(String... arguments) {
        return new CommandLine(new LoadCommand()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
