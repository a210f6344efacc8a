package dev.cadenza.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Questions with long answers. No two begin alike, lest a server answers from its memory of an earlier one; the same sequence for every bench. Any
 * thread, though which one gets which is then left to chance.
 */
final class Questions {
    static final List<String> WORDS = List.of("river", "stone", "winter", "garden", "engine", "letter", "music", "harbour", "forest", "window",
            "market", "silver", "morning", "bridge", "teacher", "island", "candle", "thunder", "village", "compass");
    private static final String TASK = "Write a long and detailed fairy tale with ten chapters. Begin with: Chapter 1. Once upon a time";

    private final Random random = new Random(1);
    private final int words;

    /** @param words that the question lists, 1 or more; roughly its length in tokens beyond the task */
    Questions(int words) {
        this.words = words;
    }

    List<String> next(int count) {
        List<String> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            questions.add(next());
        }
        return questions;
    }

    synchronized String next() {
        var question = new StringBuilder("Story %d. Words:".formatted(random.nextInt(1_000_000)));
        for (int i = 0; i < words; i++) {
            question.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
        }
        return question.append(".\n").append(TASK).toString();
    }
}
