package dev.cadenza;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A virtual environment of Python under {@code target} with pinned packages, made once. */
public final class PythonEnvironment {
    private static final Path SCRIPTS = Path.of("src", "test", "python");

    private final String python;

    private PythonEnvironment(String python) {
        this.python = python;
    }

    /**
     * Makes the environment if it isn't there. The calling test is skipped where python3 with venv and pip is missing, unless CI is set.
     *
     * @param name         of its folder
     * @param requirements file beside the scripts
     */
    public static PythonEnvironment of(String name, String requirements) throws IOException, InterruptedException {
        assumeTrue(System.getenv("CI") != null || pythonIsThere(), "python3 with venv is missing");
        Path folder = Path.of("target", name);
        String python = folder.resolve("bin/python").toString();
        if (!Files.exists(folder.resolve("installed"))) {
            succeed(start(null, List.of("python3", "-m", "venv", "--clear", folder.toString())));
            succeed(start(null, List.of(python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", "--requirement",
                    SCRIPTS.resolve(requirements).toString())));
            Files.createFile(folder.resolve("installed"));
        }
        return new PythonEnvironment(python);
    }

    /**
     * Runs a script, which must succeed.
     *
     * @param input what it reads, {@code null} for nothing
     * @return what it wrote
     */
    public byte[] run(String script, Path input, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(python, SCRIPTS.resolve(script).toString()));
        command.addAll(List.of(arguments));
        return succeed(start(input, command));
    }

    private static boolean pythonIsThere() {
        try {
            return start(null, List.of("python3", "-c", "import venv, ensurepip")).exit == 0;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    private record Outcome(int exit, byte[] output) {
    }

    private static Outcome start(Path input, List<String> command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        if (input != null) {
            builder.redirectInput(input.toFile());
        }
        Process process = builder.start();
        byte[] output = process.getInputStream().readAllBytes();
        return new Outcome(process.waitFor(10, TimeUnit.MINUTES) ? process.exitValue() : -1, output);
    }

    private static byte[] succeed(Outcome outcome) {
        assertThat(outcome.exit).as(() -> new String(outcome.output, StandardCharsets.UTF_8)).isZero();
        return outcome.output;
    }
}
