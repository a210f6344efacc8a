package dev.cadenza.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The scripts use k6 as its own type declarations have it. Needs node and npm; skipped where they are missing, unless CI is set. */
class ScriptTypesTest {

    @Test
    void theScriptsFitTheTypesThatK6Publishes() throws Exception {
        assumeTrue(System.getenv("CI") != null || runs("node", "--version") && runs("npm", "--version"), "node or npm is missing");

        Process check = new ProcessBuilder("k6/check").redirectErrorStream(true).start();
        String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(check.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(check.exitValue()).as(output).isZero();
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException missing) {
            return false;
        }
    }
}
