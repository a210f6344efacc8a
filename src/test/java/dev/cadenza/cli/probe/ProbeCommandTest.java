package dev.cadenza.cli.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProbeCommandTest {
    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void tasksArePrintedAsTheyAreRead() throws IOException {
        assertThat(run("tasks", "--questions", "30", "--seed", "7")).isZero();

        Path file = Files.writeString(folder.resolve("tasks.jsonl"), out.toString());
        assertThat(Tasks.read(file)).isEqualTo(TaskGenerator.tasks(30, 7));
    }

    @Test
    void badOptionsEndWithTwoAndSayWhatIsAllowed() throws IOException {
        refused("--questions must be in [1, 1600], got 1601", "tasks", "--questions", "1601");
        refused("--samples must be in [1, 100], got 0", "train", "--samples", "0");
        refused("--temperature must be above 0 and at most 2.0, got 0.0", "train", "--temperature", "0");
        refused("--gamma must be at most --alpha 0.3, got 0.4", "train", "--alpha", "0.3", "--gamma", "0.4");
        refused("--beta must be at least 0", "train", "--beta", "-1");
        refused("--precision must be one of fast", "train", "--precision", "half");
        refused("--tasks: cannot read ", "train", "--tasks", folder.resolve("none.jsonl").toString());
        Path file = Files.writeString(folder.resolve("tasks.jsonl"), "{\"id\":\"a\",\"kind\":\"k\",\"question\":\"q\"}\n");
        refused("--questions must be in [1, 1], got 2", "train", "--tasks", file.toString(), "--questions", "2");
        Files.writeString(file, "{}\n");
        refused("line 1: `id` must be a text", "train", "--tasks", file.toString());
        refused("probe needs one of train, tasks");
    }

    @Test
    void progressIsALineNowAndThenWhereThereIsNoTerminal() {
        var nanos = new AtomicLong();
        var text = new ByteArrayOutputStream();
        var progress = new CountProgress(new PrintStream(text, true, StandardCharsets.UTF_8), false, nanos::get, "answered", 10, 50);

        for (int done = 11; done <= 50; done++) {
            nanos.addAndGet(Duration.ofSeconds(5).toNanos());
            progress.reached(done);
        }

        assertThat(text.toString(StandardCharsets.UTF_8).lines()).hasSize(10).startsWith("answered: 14 of 50, 3:00 left")
                .endsWith("answered: 50 of 50");
    }

    @Test
    void progressIsOneRewrittenBarOnATerminal() {
        var text = new ByteArrayOutputStream();
        var nanos = new AtomicLong();
        var progress = new CountProgress(new PrintStream(text, true, StandardCharsets.UTF_8), true, nanos::get, "answered", 0, 30);

        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        progress.reached(3);
        progress.reached(4);

        assertThat(text.toString(StandardCharsets.UTF_8)).isEqualTo("\r\u001b[Kanswered: [###" + " ".repeat(27) + "] 3 of 30, 0:09 left");
    }

    private void refused(String message, String... arguments) {
        err.getBuffer().setLength(0);
        assertThat(run(arguments)).as(String.join(" ", arguments)).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    private int run(String... arguments) {
        return new CommandLine(new ProbeCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
