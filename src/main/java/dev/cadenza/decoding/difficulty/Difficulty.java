package dev.cadenza.decoding.difficulty;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a question asks of the model. The order is that of a probe's outputs. */
public enum Difficulty {
    /** Likely within reach, but the model dithers: a short, direct answer. */
    EASY,
    /** Within reach, and the model is sure of its way: the full budget. */
    NORMAL,
    /** Out of reach: fail fast. */
    HARD;

    /** As requests, answers and probe files name it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException no class is called so */
    public static Difficulty ofWire(String name) {
        return Arrays.stream(values()).filter(difficulty -> difficulty.wireName().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("class must be one of %s, got %s".formatted(String.join(", ", wireNames()), name)));
    }

    /** In order. */
    public static List<String> wireNames() {
        return Arrays.stream(values()).map(Difficulty::wireName).toList();
    }
}
