package dev.cadenza.decoding.difficulty;

import java.util.Locale;

/** How hard a question is for the model: EASY: it knows, and thinks too much; NORMAL: thinking helps; HARD: it fails, better soon than late. */
public enum Difficulty {
    EASY, NORMAL, HARD;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException there is none of that name */
    public static Difficulty ofWire(String name) {
        for (Difficulty difficulty : values()) {
            if (difficulty.wireName().equals(name)) {
                return difficulty;
            }
        }
        throw new IllegalArgumentException("the class must be easy, normal or hard, got '%s'".formatted(name));
    }
}
