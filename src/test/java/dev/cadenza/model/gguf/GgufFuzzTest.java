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
 * In the normal run: a corpus of damaged files. With {@code JAZZER_FUZZ=1} in the environment Jazzer goes on from there, guided by coverage, and
 * writes what it finds beside this test's resources.
 */
class GgufFuzzTest {
    private static final int MUTANTS_OF_EACH = 150;

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

    @FuzzTest(maxDuration = "10m")
    @MethodSource("corpus")
    void anyBytesEitherOpenOrAreRefused(byte[] bytes) throws Exception {
        Path file = Files.createTempFile("fuzz", ".gguf");
        try {
            DamagedFiles.refused(bytes, file, "fuzzed file");
        } finally {
            Files.delete(file);
        }
    }
}
