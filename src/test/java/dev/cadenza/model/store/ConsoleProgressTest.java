package dev.cadenza.model.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private long now;

    @Test
    void plainOutputHasALineEveryFewSeconds() {
        // given
        var progress = progress(false);

        // when
        progress.started("model.gguf", 10_000_000, 100_000_000);
        for (int second = 1; second <= 9; second++) {
            now = Duration.ofSeconds(second).toNanos();
            progress.reached(10_000_000 + second * 10_000_000L);
        }
        progress.finished();

        // then
        assertThat(lines()).containsExactly("model.gguf: 100.0 MB",
                "model.gguf: 40.0 MB of 100.0 MB, 40 %, 10.0 MB/s, 0:06 left",
                "model.gguf: 70.0 MB of 100.0 MB, 70 %, 10.0 MB/s, 0:03 left",
                "model.gguf: 100.0 MB of 100.0 MB, 100 %, 10.0 MB/s");
    }

    @Test
    void terminalHasOneRewrittenLine() {
        // given
        var progress = progress(true);

        // when
        progress.started("model.gguf", 0, -1);
        now = Duration.ofMillis(500).toNanos();
        progress.reached(1_000_000);
        progress.reached(1_500_000);
        now = Duration.ofSeconds(1).toNanos();
        progress.reached(2_000_000);
        progress.finished();

        // then
        assertThat(text()).isEqualTo("\r\u001b[Kmodel.gguf: 1.0 MB, 2.0 MB/s" + "\r\u001b[Kmodel.gguf: 2.0 MB, 2.0 MB/s".repeat(2)
                + System.lineSeparator());
    }

    private ConsoleProgress progress(boolean terminal) {
        return new ConsoleProgress(new PrintStream(written, true, StandardCharsets.UTF_8), terminal, () -> now);
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }

    private List<String> lines() {
        return text().lines().toList();
    }
}
