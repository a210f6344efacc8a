package dev.cadenza.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherIT {
    private static final Path JAR = Path.of("target", "quarkus-app", "quarkus-run.jar");

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
            Path found = Stream.of("/usr/bin", "/bin").map(bin -> Path.of(bin, tool)).filter(Files::exists).findFirst().orElseThrow();
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
    void theServerRunsOnAStartUpCacheThatFitsItsBuild() throws Exception {
        var java = RunningServer.shared().process().info();
        String given = givenCaches();
        assertThat(given).endsWith(".lambdas");

        // In this mode the JVM refuses to start on a cache that it would pass over otherwise.
        Outcome outcome = cadenza(new ProcessBuilder(java.command().orElseThrow(), "-Xshare:on", given, "--enable-native-access=ALL-UNNAMED",
                "--add-modules", "jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow", "-Xmx1g", "-jar", JAR.toAbsolutePath().toString(), "--version"));

        assertThat(outcome.exit).as(outcome.output).isZero();
        assertThat(outcome.output).endsWith("cadenza 0.1.0\n");
    }

    @Test
    void aDamagedStartUpCacheIsPassedOverInSilence(@TempDir Path folder) throws Exception {
        installIn(folder);
        Files.writeString(folder.resolve("target").resolve(cacheName()), "not a cache");

        Outcome outcome = cadenza(new ProcessBuilder(folder.resolve("cadenza").toString(), "--version"));

        assertThat(outcome).isEqualTo(new Outcome(0, "cadenza 0.1.0\n"));
    }

    @Test
    void damagedLambdasOnASoundStartUpCacheArePassedOverInSilence(@TempDir Path folder) throws Exception {
        installIn(folder);
        Path cache = folder.resolve("target").resolve(cacheName());
        Files.copy(Path.of("target").resolve(cacheName()), cache);
        Files.writeString(Path.of(cache + ".lambdas"), "no lambdas");

        Outcome outcome = cadenza(new ProcessBuilder(folder.resolve("cadenza").toString(), "--version"));

        assertThat(outcome).isEqualTo(new Outcome(0, "cadenza 0.1.0\n"));
    }

    @Test
    void helpIsNotRehearsed(@TempDir Path folder) throws Exception {
        installIn(folder);

        Outcome outcome = cadenza(new ProcessBuilder(folder.resolve("cadenza").toString(), "serve", "--help"));

        assertThat(outcome.exit).isZero();
        assertThat(outcome.output).startsWith("Usage: cadenza serve");
        assertThat(cachesIn(folder)).isEmpty();
    }

    @Test
    void aStartThatFailsSaysWhyOnceAndLeavesNoCache(@TempDir Path folder) throws Exception {
        installIn(folder);

        Outcome outcome = cadenza(new ProcessBuilder(folder.resolve("cadenza").toString(), "serve", "--precision", "none"));

        assertThat(outcome.exit).isEqualTo(2);
        assertThat(outcome.output).containsOnlyOnce("--precision must be one of");
        assertThat(cachesIn(folder)).isEmpty();
    }

    @Test
    void jvmFlagsOfTheCallersOwnThatChooseACacheWin(@TempDir Path folder) throws Exception {
        installIn(folder);
        var builder = new ProcessBuilder(folder.resolve("cadenza").toString(), "--version");
        builder.environment().put("CADENZA_JVM_FLAGS", "-XX:AOTMode=off");

        assertThat(cadenza(builder)).isEqualTo(new Outcome(0, "cadenza 0.1.0\n"));
    }

    /** A second installation of the same build: the launcher and no cache. */
    private static void installIn(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("src/main"));
        Files.createDirectories(folder.resolve("target"));
        Files.createSymbolicLink(folder.resolve("target/quarkus-app"), JAR.getParent().toAbsolutePath());
        Files.copy(Path.of("cadenza"), folder.resolve("cadenza"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createFile(folder.resolve("pom.xml"));
        for (String source : new String[] {"src/main", "pom.xml"}) {
            Files.setLastModifiedTime(folder.resolve(source), FileTime.fromMillis(0));
        }
    }

    private static List<Path> cachesIn(Path folder) throws IOException {
        try (var files = Files.list(folder.resolve("target"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("start-")).toList();
        }
    }

    private static String cacheName() {
        return Path.of(givenCaches().replaceFirst(".*=", "").replaceFirst(":.*", "")).getFileName().toString();
    }

    private static String givenCaches() {
        return Stream.of(RunningServer.shared().process().info().arguments().orElseThrow())
                .filter(argument -> argument.startsWith("-XX:SharedArchiveFile=")).findFirst().orElseThrow();
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
