package dev.cadenza.model.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Stores with defaults for everything, in a folder of the test. */
final class StoreFixture {
    static final byte[] CONTENT = content(300_000, 1);
    static final String HUB = "hf:owner/repo/file.gguf";

    final Path folder;
    URI endpoint = URI.create("http://127.0.0.1:1");
    String token;
    Duration stall = Duration.ofSeconds(20);
    List<String> python = List.of("python3-that-is-not-installed");
    Disk disk = Disk.REAL;

    StoreFixture(Path folder) {
        this.folder = folder;
    }

    static byte[] content(int bytes, long seed) {
        var content = new byte[bytes];
        new Random(seed).nextBytes(content);
        return content;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    Path cache() {
        return folder.resolve("cache");
    }

    Path target() {
        return cache().resolve("tiny.gguf");
    }

    /** A store that knows model "tiny", whose file is {@link #CONTENT}, from these sources. */
    ModelStore store(String... sources) {
        var origins = Stream.of(sources).map(each -> new Origin(Source.parse(each), sha256(CONTENT))).toList();
        var tiny = new CatalogueModel("tiny", "a test", "MIT", CONTENT.length, origins);
        return new ModelStore(new Catalogue("tiny", List.of(tiny)), new StoreSettings(cache(), folder, endpoint, token, stall, python, disk));
    }

    /** Files of the cache except locks, as names. */
    List<String> cached() throws IOException {
        if (!Files.exists(cache())) {
            return List.of();
        }
        try (var files = Files.walk(cache())) {
            return new ArrayList<>(files.filter(Files::isRegularFile).map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".lock")).sorted().toList());
        }
    }

    /** What is being fetched into the cache. */
    List<Path> parts() throws IOException {
        try (var files = Files.walk(cache())) {
            return files.filter(file -> file.toString().endsWith(".part")).toList();
        }
    }

    /** Another program that does what {@link ModelStore#resolve} does for "tiny" from a hub. */
    static final class OtherProcess {
        private OtherProcess() {
        }

        static Process start(Path folder, URI endpoint) throws IOException {
            return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp",
                    System.getProperty("java.class.path"), OtherProcess.class.getName(), folder.toString(), endpoint.toString())
                    .redirectErrorStream(true).start();
        }

        public static void main(String[] args) {
            var fixture = new StoreFixture(Path.of(args[0]));
            fixture.endpoint = URI.create(args[1]);
            System.out.println(fixture.store(HUB).resolve("tiny", Progress.SILENT));
        }
    }
}
