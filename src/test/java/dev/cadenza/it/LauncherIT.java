package dev.cadenza.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherIT {

    private record Outcome(int exit, String output) {
    }

    private static Outcome cadenza(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    @Test
    void saysWhatToInstallWhereNoJdk25IsFound(@TempDir Path folder) throws Exception {
        // A PATH with the tools that the launcher uses and no javac, and a root folder list that holds no JDK.
        for (String tool : new String[] {"bash", "dirname", "readlink", "sed", "cat", "grep", "find"}) {
            Path found = java.util.stream.Stream.of("/usr/bin", "/bin").map(bin -> Path.of(bin, tool)).filter(Files::exists).findFirst().orElseThrow();
            Files.createSymbolicLink(folder.resolve(tool), found);
        }
        var builder = new ProcessBuilder("./cadenza", "models");
        builder.environment().clear();
        builder.environment().putAll(java.util.Map.of("PATH", folder.toString(), "HOME", folder.toString(), "CADENZA_JDK_FOLDERS", folder.toString()));

        Outcome outcome = cadenza(builder);

        assertThat(outcome.exit).isEqualTo(1);
        assertThat(outcome.output).contains("no JDK 25 found").contains("JAVA_HOME");
    }

    @Test
    void aPortInUseIsOneClearLine() throws Exception {
        Outcome outcome = cadenza(new ProcessBuilder("./cadenza", "serve", "--port", Integer.toString(RunningServer.shared().port())));

        assertThat(outcome.exit).isEqualTo(1);
        assertThat(outcome.output).contains("port is in use");
    }

    @Test
    void anUnknownModelNamesWhatIsKnown() throws Exception {
        Outcome outcome = cadenza(new ProcessBuilder("./cadenza", "pull", "no-such-model"));

        assertThat(outcome.exit).isEqualTo(1);
        assertThat(outcome.output).contains("no-such-model").contains("smollm2-135m-instruct");
    }
}
