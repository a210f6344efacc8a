package dev.cadenza.decoding;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One rule of {@code auto}: which requests it is for, and how they decode. Immutable.
 *
 * @param name         for reports
 * @param promptTokens of the request
 * @param maxTokens    of an answer of the request, the room in the context considered
 * @param temperature  of the request
 * @param strategy     its name
 * @param parameters   its parameters by their names on the wire, as text
 */
public record AutoRule(String name, Range promptTokens, Range maxTokens, Range temperature, String strategy, Map<String, String> parameters) {
    /** The best source that needs no training, no second model and no steps of its own. */
    private static final String HISTORY_DRAFT = "suffix";

    /** Where none are configured: lossless, for every request. */
    public static final List<AutoRule> BUILT_IN = List.of(
            new AutoRule("history", Range.ANY, Range.ANY, Range.ANY, "speculative", Map.of("draft", HISTORY_DRAFT)));

    public AutoRule {
        parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
    }

    boolean fits(Wish wish) {
        return promptTokens.holds(wish.promptTokens()) && maxTokens.holds(wish.maxTokens()) && temperature.holds(wish.temperature());
    }

    /** From {@code least} to {@code most}, both included; infinite where unbounded. */
    public record Range(double least, double most) {
        public static final Range ANY = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

        boolean holds(double value) {
            return value >= least && value <= most;
        }

        boolean isEmpty() {
            return !(least <= most);
        }
    }
}
