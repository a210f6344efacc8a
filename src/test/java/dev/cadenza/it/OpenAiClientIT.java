package dev.cadenza.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** OpenAI's own Python client against the real server. Needs python3 with venv and pip; skipped where it is missing, unless CI is set. */
class OpenAiClientIT {
    private static final Path SCRIPTS = Path.of("src", "test", "python");
    private static final Path ENVIRONMENT = Path.of("target", "openai-client");

    private record Outcome(int exit, String output) {
    }

    private static Outcome run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(10, TimeUnit.MINUTES) ? process.exitValue() : -1, output);
    }

    private static boolean pythonIsThere() {
        try {
            return run("python3", "-c", "import venv, ensurepip").exit == 0;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    @Test
    void syncAsyncAndStreamingCallsOfTheOpenAiClientWork() throws Exception {
        assumeTrue(System.getenv("CI") != null || pythonIsThere(), "python3 with venv is missing: the OpenAI client is not tested");
        String python = ENVIRONMENT.resolve("bin/python").toString();
        if (!Files.exists(ENVIRONMENT.resolve("installed"))) {
            assertSucceeds(run("python3", "-m", "venv", "--clear", ENVIRONMENT.toString()));
            assertSucceeds(run(python, "-m", "pip", "install", "--quiet", "--requirement", SCRIPTS.resolve("requirements.txt").toString()));
            Files.createFile(ENVIRONMENT.resolve("installed"));
        }

        Outcome checks = run(python, SCRIPTS.resolve("openai_client_check.py").toString(), RunningServer.shared().baseUrl());

        System.out.print(checks.output);
        assertSucceeds(checks);
    }

    private static void assertSucceeds(Outcome outcome) {
        assertThat(outcome.exit).as(outcome.output).isZero();
    }
}
