package dev.cadenza.cli.bench;

import java.util.List;
import java.util.Map;

/**
 * A way to decode, as a request names it.
 *
 * @param name of the draft in {@code decoding.speculative}, or {@code standard}
 */
record Candidate(String name) {
    static final Candidate STANDARD = new Candidate("standard");
    /** What is compared when nothing else is asked for. */
    static final List<String> NAMES = List.of("prompt_lookup", "prediction", "suffix", "token_recycling", "early_exit");
    private static final String NEEDS_PREDICTION = "prediction";
    private static final List<String> LEARNING = List.of("suffix", "token_recycling");

    Map<String, Object> decoding() {
        return isStandard() ? Map.of("strategy", name) : Map.of("strategy", "speculative", "speculative", Map.of("draft", name));
    }

    boolean isStandard() {
        return equals(STANDARD);
    }

    /** Whether earlier answers help it. */
    boolean learns() {
        return LEARNING.contains(name);
    }

    boolean suits(Workload workload) {
        return workload.foreseen() || !needsPrediction();
    }

    boolean needsPrediction() {
        return name.equals(NEEDS_PREDICTION);
    }
}
