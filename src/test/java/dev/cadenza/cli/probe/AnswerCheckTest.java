package dev.cadenza.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerCheckTest {

    @Test
    void numbersAreComparedByPlaceAndValue() {
        String answer = "3 + 4 = 7, not 8";

        assertThat(AnswerCheck.FIRST_NUMBER.accepts(answer, "3")).isTrue();
        assertThat(AnswerCheck.FIRST_NUMBER.accepts(answer, "7")).isFalse();
        assertThat(AnswerCheck.LAST_NUMBER.accepts(answer, "8.0")).isTrue();
        assertThat(AnswerCheck.LAST_NUMBER.accepts(answer, "7")).isFalse();
        assertThat(AnswerCheck.ANY_NUMBER.accepts(answer, "7")).isTrue();
        assertThat(AnswerCheck.ANY_NUMBER.accepts(answer, "9")).isFalse();
        assertThat(AnswerCheck.ANY_NUMBER.accepts("none that I know", "9")).isFalse();
    }

    @Test
    void numbersAreReadAsPeopleWriteThem() {
        assertThat(AnswerText.numbers("1,234,567 or -2.50; 3-4, 1,2 and 007. x86 v1.5 $10."))
                .containsExactly(List.of("1234567", "-2.5", "3", "4", "1", "2", "7", "10").stream().map(BigDecimal::new).toArray(BigDecimal[]::new));
    }

    @Test
    void wordsAreComparedWholeWithoutCaseAndPunctuation() {
        assertThat(AnswerCheck.CONTAINS.accepts("The capital is **PARIS**!", "Paris")).isTrue();
        assertThat(AnswerCheck.CONTAINS.accepts("A comparison.", "Paris")).isFalse();
        assertThat(AnswerCheck.CONTAINS.accepts("river, stone; Winter\ngarden", "river stone winter garden")).isTrue();
        assertThat(AnswerCheck.CONTAINS.accepts("river winter stone garden", "river stone winter garden")).isFalse();
        assertThat(AnswerCheck.CONTAINS.accepts("", "Paris")).isFalse();
    }

    @Test
    void accuracyIsTheShareOfRightAnswers() {
        var task = new Task("a", "sum", "What is 3 + 4?", "7", AnswerCheck.ANY_NUMBER);

        assertThat(Judgement.accuracy(task, List.of("7", "It is 7.", "8", "no idea"))).isEqualTo(0.5);
    }

    @Test
    void withoutRightAnswerTheLargestAgreementCounts() {
        var task = new Task("a", "sum", "What is 3 + 4?", null, null);

        assertThat(Judgement.accuracy(task, List.of("7", "3 + 4 = 7.0", "8", "no idea", "No idea!\n\n"))).isCloseTo(0.4, within(1e-12));
        assertThat(Judgement.accuracy(task, List.of("It is red.", "Well:\nit is RED"))).isEqualTo(1);
        assertThat(Judgement.accuracy(task, List.of("", "yes", "no"))).isCloseTo(1 / 3.0, within(1e-12));
    }

    @Test
    void tasksThatCannotBeJudgedAreRefused() {
        assertThatThrownBy(() -> new Task("a", "k", "q", "7", null)).hasMessageContaining("`check` must be one of first_number, last_number");
        assertThatThrownBy(() -> new Task("a", "k", "q", null, AnswerCheck.CONTAINS)).hasMessageContaining("`answer` must be there");
        assertThatThrownBy(() -> new Task("a", "k", "q", "seven", AnswerCheck.ANY_NUMBER)).hasMessageContaining("`answer` must be one number");
        assertThatThrownBy(() -> new Task("a", "k", "q", "...", AnswerCheck.CONTAINS)).hasMessageContaining("a text with words");
        assertThatThrownBy(() -> new Task(" ", "k", "q", null, null)).hasMessageContaining("`id` must be a text");
    }
}
