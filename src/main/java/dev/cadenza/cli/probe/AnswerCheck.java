package dev.cadenza.cli.probe;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Whether an answer is right. */
enum AnswerCheck {
    /** The first number in it is the right one. */
    FIRST_NUMBER,
    /** The last number in it is the right one. */
    LAST_NUMBER,
    /** One of the numbers in it is the right one. */
    ANY_NUMBER,
    /** It has the right words one after the other, whatever their case and the punctuation between them. */
    CONTAINS;

    /** @param right what {@link #validate} lets pass */
    boolean accepts(String answer, String right) {
        if (this == CONTAINS) {
            return (" " + AnswerText.words(answer) + " ").contains(" " + AnswerText.words(right) + " ");
        }
        List<BigDecimal> numbers = AnswerText.numbers(answer);
        BigDecimal wanted = AnswerText.numbers(right).getFirst();
        return !numbers.isEmpty() && switch (this) {
            case FIRST_NUMBER -> numbers.getFirst().equals(wanted);
            case LAST_NUMBER -> numbers.getLast().equals(wanted);
            case ANY_NUMBER -> numbers.contains(wanted);
            case CONTAINS -> throw new IllegalStateException("has words, not numbers");
        };
    }

    /** @throws IllegalArgumentException the right answer is none that this check can find */
    void validate(String right) {
        boolean possible = this == CONTAINS ? !AnswerText.words(right).isEmpty() : AnswerText.numbers(right).size() == 1;
        if (!possible) {
            throw new IllegalArgumentException("`answer` must be %s for the check %s, got %s"
                    .formatted(this == CONTAINS ? "a text with words" : "one number", wireName(), right));
        }
    }

    @JsonValue
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException no check is called so */
    @JsonCreator
    static AnswerCheck ofWire(String name) {
        return Arrays.stream(values()).filter(check -> check.wireName().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("`check` must be one of %s, got %s".formatted(wireNames(), name)));
    }

    static String wireNames() {
        return Arrays.stream(values()).map(AnswerCheck::wireName).collect(Collectors.joining(", "));
    }
}
