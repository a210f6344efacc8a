package dev.cadenza.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image's files, laid out by the Dockerfile's own lines in an empty folder, serve from a read-only tree. */
class ContainerLayoutIT {
    private static final int LIMIT_MINUTES = 4;

    @Test
    void theImagesFilesServeFromAReadOnlyTreeAndStopWithZero(@TempDir Path folder) throws Exception {
        String output = run(folder, "docker/layout");

        assertThat(output).contains("healthy after", "answered: The capital of France is Paris.", "ended with 0 after SIGTERM");
        assertThat(output.lines().filter(line -> line.startsWith("written:")).findFirst().orElseThrow()).matches("written: (var/lib/cadenza/(models|packed)/\\S+(, )?)+");
    }

    private static String run(Path folder, String... command) throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
            process.destroy();
        }
        String output = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
