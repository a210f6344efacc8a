package dev.cadenza.cli.probe;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * A question and how its answers are judged.
 *
 * @param id       unique within its set
 * @param kind     tasks of a kind are reported together
 * @param question as a user would put it
 * @param answer   the right one; {@code null}: answers are judged by how far they agree with each other
 * @param check    {@code null} if and only if {@code answer} is
 */
@JsonPropertyOrder({"id", "kind", "question", "answer", "check"})
@JsonInclude(JsonInclude.Include.NON_NULL)
record Task(String id, String kind, String question, String answer, AnswerCheck check) {
    Task {
        required("id", id);
        required("kind", kind);
        required("question", question);
        if (answer != null && check == null) {
            throw new IllegalArgumentException("`check` must be one of %s, got nothing; only a task without `answer` goes without it"
                    .formatted(AnswerCheck.wireNames()));
        }
        if (answer == null && check != null) {
            throw new IllegalArgumentException("`answer` must be there for the check %s".formatted(check.wireName()));
        }
        if (check != null) {
            check.validate(answer);
        }
    }

    private static void required(String key, String value) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("`%s` must be a text, got %s".formatted(key, value == null ? "nothing" : "an empty one"));
        }
    }
}
