package dev.cadenza.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.cadenza.PythonEnvironment;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dequantisation against the Python package {@code gguf}: every bit of every finite value is the same. */
class ReferenceWeightsTest {
    private static final String GOLDEN = "/model/dequantised.txt";
    private static final int BLOCKS = 4_096;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void recordedBlocksAreTheReferences(WeightType type) throws Exception {
        // given
        int blocks = 0;
        try (var stream = getClass().getResourceAsStream(GOLDEN)) {
            for (String line : new String(stream.readAllBytes(), StandardCharsets.US_ASCII).lines().toList()) {
                String[] fields = line.split(" ");
                if (!fields[0].equals(type.name())) {
                    continue;
                }

                // when
                float[] read = dequantised(type, HexFormat.of().parseHex(fields[1]));

                // then
                assertSame(read, HexFormat.of().parseHex(fields[2]), line);
                blocks++;
            }
        }
        assertThat(blocks).isGreaterThanOrEqualTo(4);
    }

    @Test
    void everyTypeHasRecordedBlocks() throws Exception {
        try (var stream = getClass().getResourceAsStream(GOLDEN)) {
            var types = new String(stream.readAllBytes(), StandardCharsets.US_ASCII).lines().map(line -> line.split(" ")[0])
                    .collect(Collectors.toSet());
            for (var type : WeightType.values()) {
                assertThat(types).contains(type.name());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anyBytesAreReadAsTheReferenceReadsThem(WeightType type) throws Exception {
        // given arbitrary bytes, infinite scales included
        var environment = PythonEnvironment.of("gguf-reference", "gguf-requirements.txt");
        long seed = new Random().nextLong();
        var bytes = new byte[type.blockBytes() * BLOCKS];
        new Random(seed).nextBytes(bytes);

        // when
        byte[] expected = environment.run("gguf_dequantise.py", Files.write(folder.resolve("blocks"), bytes), type.name());
        float[] read = dequantised(type, bytes);

        // then
        assertSame(read, expected, "seed " + seed);
    }

    private static float[] dequantised(WeightType type, byte[] bytes) {
        var values = new float[bytes.length / type.blockBytes() * type.blockElements()];
        type.dequantise(MemorySegment.ofArray(bytes), values.length, MemorySegment.ofArray(values));
        return values;
    }

    private static void assertSame(float[] actual, byte[] expected, String description) {
        var floats = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        assertThat(actual).as(description).hasSize(floats.remaining());
        for (int i = 0; i < actual.length; i++) {
            // Java makes every not-a-number the same here.
            if (Float.floatToIntBits(actual[i]) != Float.floatToIntBits(floats.get(i))) {
                fail("%s, element %d: expected %s, found %s".formatted(description, i, floats.get(i), actual[i]));
            }
        }
    }
}
