package dev.cadenza.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.load.LoadScript;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The load scripts against the real server, for some seconds each and with limits that a busy machine keeps, too. */
class LoadScriptsIT {
    private static final RunningServer SERVER = RunningServer.shared();
    private static final Map<String, String> SHORT = Map.of("MAX_TOKENS", "8", "VUS", "3", "MAX_VUS", "20", "PROBE_RATE", "2",
            "FIRST_TOKEN_P95_MS", "20000", "GAP_P95_MS", "5000");

    private static Map<String, String> of(String script) {
        return switch (script) {
            case "load" -> Map.of("STEPS", "2", "STEP_DURATION", "3s", "RATE", "1", "PEAK_RATE", "3");
            case "strategies" -> Map.of("DURATION", "12s");
            case "spike" -> Map.of("RATE", "1", "PEAK_RATE", "10", "CALM_DURATION", "3s", "SPIKE_DURATION", "2s", "SETTLE_DURATION", "5s",
                    "AFTER_DURATION", "3s");
            case "soak" -> Map.of("DURATION", "6s");
            default -> Map.of();
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"smoke", "load", "strategies", "spike", "soak"})
    void everyScriptKeepsItsThresholdsAndJudgesThemAll(String script) throws Exception {
        Map<String, String> environment = new HashMap<>(SHORT);
        environment.put("BASE_URL", SERVER.baseUrl());
        environment.putAll(of(script));

        LoadScript.Outcome outcome = LoadScript.named(script).run(environment);

        System.out.printf("%s%n%s%n", script, outcome);
        assertThat(outcome.broken()).isEmpty();
        assertThat(outcome.unjudged()).isEmpty();
    }
}
