package dev.cadenza.model.gguf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * In the normal run: a corpus of damaged files. {@code JAZZER_FUZZ=1 ./mvnw test -Dtest=GgufFuzzTest -Djazzer.hooks=true} goes on from there,
 * guided by coverage, and writes what it finds to this test's resources, from where the normal run takes it too.
 */
class GgufFuzzTest {
    private static final int MUTANTS_OF_EACH = 40;

    static Stream<Arguments> corpus() {
        var random = new Random(20_260_103);
        var files = new ArrayList<byte[]>();
        for (byte[] whole : DamagedFiles.sound()) {
            files.add(whole);
            for (int i = 0; i < MUTANTS_OF_EACH; i++) {
                files.add(DamagedFiles.mutant(whole, random));
            }
        }
        return files.stream().map(Arguments::of);
    }

    @MethodSource("corpus")
    @FuzzTest(maxDuration = "10m")
    void anyBytesEitherOpenOrAreRefused(byte[] bytes) throws Exception {
        Path file = Files.createTempFile("fuzz", ".gguf");
        try {
            DamagedFiles.refused(bytes, file, "fuzzed file");
        } finally {
            Files.delete(file);
        }
    }
}
