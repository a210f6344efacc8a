package dev.cadenza.cli.bench;

import java.util.List;
import java.util.Map;

/**
 * A way to decode, as a request names it.
 *
 * @param name       for people
 * @param decoding   the request's field
 * @param changesLaw whether its answers may be others than those of {@code standard}
 */
record Candidate(String name, Map<String, Object> decoding, boolean changesLaw) {
    static final Candidate STANDARD = new Candidate("standard", Map.of("strategy", "standard"), false);
    /** What is compared when nothing else is asked for. */
    static final List<String> NAMES = List.of("prompt_lookup", "prediction", "suffix", "token_recycling", "early_exit");
    private static final String NEEDS_PREDICTION = "prediction";
    private static final List<String> LEARNING = List.of("suffix", "token_recycling");
    private static final List<String> CHANGING_LAW = List.of("skip_decode", "cntp", "momentum", "cyclic_reflex", "diff_adapt");

    /** @param name of a strategy that changes the law, or of a draft in {@code decoding.speculative}, or {@code standard} */
    static Candidate named(String name) {
        if (name.equals(STANDARD.name())) {
            return STANDARD;
        }
        return CHANGING_LAW.contains(name) ? new Candidate(name, Map.of("strategy", name), true)
                : new Candidate(name, Map.of("strategy", "speculative", "speculative", Map.of("draft", name)), false);
    }

    /** A strategy that changes the law, with parameters. @param name what people tell it by */
    static Candidate with(String name, String strategy, Map<String, Object> parameters) {
        return new Candidate(name, Map.of("strategy", strategy, strategy, parameters), true);
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
