package dev.cadenza.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TasksTest {
    @TempDir
    private Path folder;

    @Test
    void generatorMakesTheSameSetFromTheSameSeed() {
        assertThat(TaskGenerator.tasks(80, 3)).isEqualTo(TaskGenerator.tasks(80, 3)).isNotEqualTo(TaskGenerator.tasks(80, 4));
    }

    @Test
    void shorterSetIsHowALongerOneBegins() {
        assertThat(TaskGenerator.tasks(200, 1)).startsWith(TaskGenerator.tasks(43, 1).toArray(Task[]::new));
    }

    @Test
    void largestSetHasEveryKindAlikeAndNoQuestionTwice() {
        List<Task> tasks = TaskGenerator.tasks(TaskGenerator.MOST, 9);

        assertThat(tasks).extracting(Task::id).doesNotHaveDuplicates();
        assertThat(tasks).extracting(Task::question).doesNotHaveDuplicates();
        for (TaskKind kind : TaskKind.values()) {
            assertThat(tasks.stream().filter(task -> task.kind().equals(kind.wireName()))).hasSize(TaskGenerator.MOST_OF_A_KIND);
        }
        assertThatThrownBy(() -> TaskGenerator.tasks(TaskGenerator.MOST + 1, 9)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void generatedAnswersAreRight() {
        for (Task task : TaskGenerator.tasks(800, 5)) {
            List<Integer> numbers = AnswerText.numbers(task.question()).stream().map(Number::intValue).toList();
            String expected = switch (TaskKind.valueOf(task.kind().toUpperCase(Locale.ROOT))) {
                case ONE_DIGIT_SUM, TWO_DIGIT_SUM -> String.valueOf(numbers.get(0) + numbers.get(1));
                case LARGER_NUMBER -> String.valueOf(Math.max(numbers.get(0), numbers.get(1)));
                case ONE_STEP_PROBLEM -> String.valueOf(task.question().contains("more") ? numbers.get(0) + numbers.get(1) : numbers.get(0) - numbers.get(1));
                case TWO_STEP_PROBLEM -> String.valueOf(numbers.get(0) * numbers.get(1) - numbers.get(2));
                case CAPITAL, LAST_WORD, COPY_WORDS -> task.answer();
            };
            assertThat(task.answer()).as("seed 5, %s", task.question()).isEqualTo(expected);
            assertThat(task.check().accepts(task.answer(), task.answer())).isTrue();
        }
    }

    @Test
    void numbersToBeWorkedOutAreNotInTheQuestion() {
        assertThat(TaskGenerator.tasks(TaskGenerator.MOST, 2)).filteredOn(task -> task.check() == AnswerCheck.ANY_NUMBER)
                .noneMatch(task -> task.check().accepts(task.question(), task.answer()));
    }

    @Test
    void taskSetsSurviveTheirFile() throws IOException {
        List<Task> tasks = List.of(new Task("a", "sum", "What is \"3\" + 4?", "7", AnswerCheck.ANY_NUMBER), new Task("b", "own", "Why?", null, null));
        Path file = Files.write(folder.resolve("tasks.jsonl"), List.of(Tasks.line(tasks.get(0)), "", Tasks.line(tasks.get(1))));

        assertThat(Tasks.read(file)).isEqualTo(tasks);
        assertThat(Tasks.line(tasks.get(1))).isEqualTo("{\"id\":\"b\",\"kind\":\"own\",\"question\":\"Why?\"}");
    }

    @Test
    void wrongLinesAreRefusedByNumber() throws IOException {
        refused("{\"id\":\"a\",\"kind\":\"k\",\"question\":\"q\"}\n{\"id\":", "line 2: ");
        refused("{\"id\":\"a\",\"kind\":\"k\",\"question\":\"q\"}\n{\"id\":\"a\",\"kind\":\"k\",\"question\":\"p\"}", "line 2: `id` must be unique, got a again");
        refused("{\"id\":\"a\",\"kind\":\"k\",\"question\":\"q\",\"colour\":1}", "line 1: Unrecognized field \"colour\"");
        refused("{\"id\":\"a\",\"kind\":\"k\",\"question\":\"q\",\"answer\":\"7\"}", "line 1: `check` must be one of");
        refused("{\"id\":\"a\",\"kind\":\"k\",\"question\":\"q\",\"answer\":\"7\",\"check\":\"close\"}", "line 1: `check` must be one of");
        refused("{\"id\":\"a\",\"kind\":\"k\"}", "line 1: `question` must be a text, got nothing");
    }

    private void refused(String text, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("tasks.jsonl"), text);
        assertThatThrownBy(() -> Tasks.read(file)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }
}
