package dev.cadenza.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleLogTest {
    private static final SampleLog.Settings SETTINGS = new SampleLog.Settings("model", "prompts", "fast", 3, 10, 0.8, 48, 1);
    private static final List<Task> TASKS = TaskGenerator.tasks(4, 1);

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("work/samples.jsonl");
    }

    @Test
    void finishedTasksAreThereAgain() throws IOException {
        writeTwo();

        try (SampleLog log = SampleLog.open(file(), SETTINGS, TASKS)) {
            assertThat(log.finished()).containsOnlyKeys(TASKS.get(0).id(), TASKS.get(2).id());
            Measured measured = log.finished().get(TASKS.get(2).id());
            assertThat(measured.task()).isEqualTo(TASKS.get(2));
            assertThat(measured.accuracy()).isEqualTo(0.3);
            assertThat(measured.entropy()).isEqualTo(1 / 3.0);
            assertThat(measured.tokens()).isEqualTo(480);
            assertThat(measured.state()).containsExactly(1, -2.5f, Float.MIN_VALUE);
        }
    }

    @Test
    void whereverTheFileIsCutOffWholeLinesSurviveAndTheRunGoesOn() throws IOException {
        writeTwo();
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length <= whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            int lines = (int) new String(whole, 0, length, StandardCharsets.UTF_8).chars().filter(c -> c == '\n').count();

            try (SampleLog log = SampleLog.open(file(), SETTINGS, TASKS)) {
                assertThat(log.finished()).as("cut at %d", length).hasSize(Math.max(0, lines - 1));
                log.append(new Measured(TASKS.get(1), 1, 0, 1, new float[3]));
            }
            try (SampleLog log = SampleLog.open(file(), SETTINGS, TASKS)) {
                assertThat(log.finished()).as("cut at %d", length).hasSize(Math.max(0, lines - 1) + 1).containsKey(TASKS.get(1).id());
            }
        }
    }

    @Test
    void otherSettingsAreRefused() throws IOException {
        writeTwo();

        assertThatThrownBy(() -> SampleLog.open(file(), new SampleLog.Settings("other", "prompts", "fast", 3, 10, 0.8, 48, 1), TASKS))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll("made with other settings", "modelSha256=model", "modelSha256=other");
        assertThatThrownBy(() -> SampleLog.open(file(), new SampleLog.Settings("model", "prompts", "fast", 3, 10, 0.8, 48, 2), TASKS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anotherTaskUnderTheSameIdIsRefusedAndUnknownOnesStay() throws IOException {
        writeTwo();
        var renamed = new Task(TASKS.get(0).id(), "own", "Another question?", null, null);

        assertThatThrownBy(() -> SampleLog.open(file(), SETTINGS, List.of(renamed))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 2: another task was called " + renamed.id());
        try (SampleLog log = SampleLog.open(file(), SETTINGS, TASKS.subList(0, 2))) {
            assertThat(log.finished()).containsOnlyKeys(TASKS.get(0).id());
        }
    }

    @Test
    void damageInTheMiddleIsNamed() throws IOException {
        writeTwo();
        List<String> lines = Files.readAllLines(file());
        Files.write(file(), List.of(lines.get(0), lines.get(1).substring(5), lines.get(2)));

        assertThatThrownBy(() -> SampleLog.open(file(), SETTINGS, TASKS)).isInstanceOf(IOException.class).hasMessageContaining("line 2 is damaged");
    }

    private void writeTwo() throws IOException {
        try (SampleLog log = SampleLog.open(file(), SETTINGS, TASKS)) {
            log.append(new Measured(TASKS.get(0), 0.7, 0.25, 120, new float[] {1, 2, 3}));
            log.append(new Measured(TASKS.get(2), 0.3, 1 / 3.0, 480, new float[] {1, -2.5f, Float.MIN_VALUE}));
        }
    }
}
