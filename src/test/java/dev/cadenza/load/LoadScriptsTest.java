package dev.cadenza.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.load.SmallChatServer.Manner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts of {@code k6/} for a few seconds each, against a server whose pace and manners are known. */
class LoadScriptsTest {
    private static final long TOKEN_MS = 5;
    private static final Pattern SETTING = Pattern.compile("(?:__ENV\\.|(?:number|count|seconds)\\(')([A-Z][A-Z0-9_]+)");

    private static LoadScript.Outcome run(String script, SmallChatServer server, Map<String, String> more) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("BASE_URL", server.baseUrl(), "MAX_TOKENS", "5", "VUS", "3", "PROBE_RATE", "10"));
        environment.putAll(switch (script) {
            case "load" -> Map.of("STEPS", "2", "STEP_DURATION", "3s", "RATE", "4", "PEAK_RATE", "16", "MAX_VUS", "10");
            case "strategies" -> Map.of("DURATION", "6s");
            case "spike" -> Map.of("RATE", "4", "PEAK_RATE", "30", "CALM_DURATION", "3s", "SPIKE_DURATION", "2s", "SETTLE_DURATION", "0.5s",
                    "AFTER_DURATION", "3s", "MAX_VUS", "10");
            case "soak" -> Map.of("DURATION", "6s");
            default -> Map.of();
        });
        environment.putAll(more);
        LoadScript.Outcome outcome = LoadScript.named(script).run(environment);
        System.out.printf("%s%n%s%n", script, outcome);
        return outcome;
    }

    @ParameterizedTest
    @ValueSource(strings = {"smoke", "load", "strategies", "spike", "soak"})
    void everyScriptJudgesAllItsThresholdsAndAGoodServerKeepsThem(String script) throws Exception {
        try (var server = new SmallChatServer(Manner.WHOLE, TOKEN_MS)) {
            LoadScript.Outcome outcome = run(script, server, Map.of());

            assertThat(outcome.broken()).isEmpty();
            assertThat(outcome.unjudged()).isEmpty();
            assertThat(outcome.samples("time_to_first_token").getFirst()).isGreaterThanOrEqualTo(TOKEN_MS);
        }
    }

    @Test
    void theGapIsTheServersPaceAndTokensAreCountedAsTheServerDoes() throws Exception {
        try (var server = new SmallChatServer(Manner.WHOLE, 20)) {
            LoadScript.Outcome outcome = run("soak", server, Map.of("VUS", "1", "PROBE_RATE", "1"));

            List<Double> gaps = outcome.samples("inter_token_gap");
            assertThat(gaps.get(gaps.size() / 2)).isBetween(18.0, 60.0);
            assertThat(outcome.samples("answered_tokens")).hasSameSizeAs(gaps).containsOnly(5.0);
            assertThat(server.asked()).extracting(request -> request.at("/messages/0/content").asText()).contains("Question 1. Why is the sky blue?");
        }
    }

    @Test
    void aBrokenThresholdFails() throws Exception {
        try (var server = new SmallChatServer(Manner.WHOLE, TOKEN_MS)) {
            LoadScript.Outcome outcome = run("load", server, Map.of("FIRST_TOKEN_P95_MS", "1"));

            assertThat(outcome.broken()).singleElement().asString().startsWith("BROKEN time_to_first_token p(95)<1: ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BREAKS_OFF", "REFUSES_WITHOUT_SAYING_WHEN"})
    void whatIsNeitherAnAnswerNorAnOrderlyRefusalIsAnError(Manner manner) throws Exception {
        try (var server = new SmallChatServer(manner, 0)) {
            LoadScript.Outcome outcome = run("load", server, Map.of());

            assertThat(outcome.broken()).singleElement().asString().startsWith("BROKEN answer_errors rate<0.01: 1.000");
            assertThat(outcome.samples("answered_tokens")).isEmpty();
        }
    }

    @Test
    void refusalsAreNoErrorsUnderLoadAndTooMuchAfterASpike() throws Exception {
        try (var server = new SmallChatServer(Manner.REFUSES, 0)) {
            assertThat(run("load", server, Map.of()).broken()).isEmpty();
            assertThat(run("spike", server, Map.of()).broken()).singleElement().asString()
                    .startsWith("BROKEN refusals{phase=after} rate==0: 1.000");
        }
    }

    @Test
    void aSoakedServerThatHoldsMemoryFails() throws Exception {
        try (var server = new SmallChatServer(Manner.HOLDS_MEMORY, 0)) {
            assertThat(run("soak", server, Map.of("DURATION", "0.5s")).broken()).singleElement().asString()
                    .startsWith("BROKEN checks rate==1: 0.500 of 2 ");
        }
    }

    @ParameterizedTest
    @CsvSource({"smoke, MAX_TOKENS, many", "load, STEPS, 1.5", "load, RATE, 0", "load, STEP_DURATION, soon", "strategies, STRATEGIES, magic",
        "soak, DURATION, 10"})
    void aWrongSettingIsRefusedByName(String script, String setting, String value) {
        assertThatThrownBy(() -> LoadScript.named(script).run(Map.of(setting, value)))
                .hasMessageContaining(setting + " must be ").hasMessageContaining(value);
    }

    @Test
    void theReadmeNamesEveryScriptAndEverySetting() throws IOException {
        String readme = Files.readString(Path.of("k6", "README.md"));
        var settings = new TreeSet<String>();
        for (String script : List.of("lib/chat.js", "smoke.js", "load.js", "strategies.js", "spike.js", "soak.js")) {
            Matcher setting = SETTING.matcher(Files.readString(Path.of("k6", script)));
            while (setting.find()) {
                settings.add("`" + setting.group(1) + "`");
            }
        }

        assertThat(settings).hasSizeGreaterThan(15);
        assertThat(readme).contains(settings).contains("smoke.js", "load.js", "strategies.js", "spike.js", "soak.js");
        try (var files = Files.list(Path.of("k6"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".js")))
                    .containsExactlyInAnyOrder("smoke.js", "load.js", "strategies.js", "spike.js", "soak.js");
        }
    }
}
