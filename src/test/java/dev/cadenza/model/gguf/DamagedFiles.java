package dev.cadenza.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.cadenza.model.CorruptCheckpoint;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes damaged GGUF files and tells what reading them does. */
final class DamagedFiles {
    /** A bound on what reading allocates for each byte of the file: empty strings of 8 bytes become objects, refusals have messages. */
    private static final long ALLOCATED_PER_BYTE = 32;
    /** Buffers of the file system, the rows that are dequantised. */
    private static final long ALLOCATED_ANYWAY = 1L << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private DamagedFiles() {
    }

    /** Sound files which together have every type of weight. */
    static List<byte[]> sound() {
        return List.of(GgufWriter.tinyLlama().bytes(),
                GgufWriter.llamaOf(WeightType.Q4_0, WeightType.Q5_0, WeightType.Q5_1, WeightType.BF16).bytes(),
                GgufWriter.llamaOf(WeightType.Q4_K, WeightType.Q5_K, WeightType.Q6_K).bytes());
    }

    /** A copy with one to three changes in the header, sometimes cut. */
    static byte[] mutant(byte[] whole, Random random) {
        int headerLength = new String(whole, 0, Math.min(whole.length, 4_096), StandardCharsets.ISO_8859_1).lastIndexOf("ffn_down.weight") + 60;
        byte[] mutant = whole.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(headerLength);
            switch (random.nextInt(5)) {
                case 0 -> mutant[at] = (byte) random.nextInt();
                case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> ByteBuffer.wrap(mutant).order(ByteOrder.LITTLE_ENDIAN).putLong(at, 1L << random.nextInt(64));
                case 3 -> ByteBuffer.wrap(mutant).order(ByteOrder.LITTLE_ENDIAN).putLong(at, -1L - random.nextInt(3));
                default -> System.arraycopy(whole, random.nextInt(headerLength), mutant, at, 8);
            }
        }
        return random.nextInt(10) == 0 ? Arrays.copyOf(mutant, random.nextInt(mutant.length)) : mutant;
    }

    /** What opening the file and reading of every kind of weight throws, {@code null} if nothing. */
    static Throwable outcome(Path file) {
        try (var checkpoint = GgufCheckpoint.open(file)) {
            for (var kind : WeightName.Kind.values()) {
                var name = new WeightName(kind, kind.ofLayer() ? 0 : -1);
                if (checkpoint.has(name)) {
                    var weight = checkpoint.weight(name);
                    weight.dequantise(weight.rows() - 1, 1, MemorySegment.ofArray(new float[weight.columns()]));
                }
            }
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    /**
     * Checks that a file either opens or is refused with place, expectation and finding, and that this allocates no more than the file warrants.
     *
     * @return whether it was refused
     */
    static boolean refused(byte[] bytes, Path file, String description) throws IOException {
        Files.write(file, bytes);
        long most = ALLOCATED_PER_BYTE * bytes.length + ALLOCATED_ANYWAY;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        var thrown = outcome(file);
        if (THREADS.getCurrentThreadAllocatedBytes() - before > most) {
            // Perhaps that was the loading of classes and what agents do to them.
            before = THREADS.getCurrentThreadAllocatedBytes();
            thrown = outcome(file);
            assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).as("%s: bytes allocated for a file of %d", description, bytes.length)
                    .isLessThanOrEqualTo(most);
        }
        if (thrown != null) {
            assertThat(thrown).as(description).isInstanceOf(CorruptCheckpoint.class)
                    .hasMessageMatching("(?s).* at offset \\d+: expected .+, found .+");
        }
        return thrown != null;
    }
}
