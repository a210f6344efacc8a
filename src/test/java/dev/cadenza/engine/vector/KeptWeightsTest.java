package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.model.BlockQuantiser;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightType;
import dev.cadenza.model.store.DerivedFile;
import dev.cadenza.model.store.DerivedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeptWeightsTest {
    private static final String NAME = "0123abcd";
    private static final Future<String> HASH = CompletableFuture.completedFuture(NAME);
    private static final long LIMIT = 1L << 30;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void mappedWeightsAreThoseThatWereKept(WeightType type) {
        // given
        var random = new Random(3);
        float[] values = new float[37 * 256];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Weight weight = new Weight("w", type, 37, 256, MemorySegment.ofArray(BlockQuantiser.encode(type, values)));
        List<WeightRows> rows = List.of(new WeightRows(weight, IntStream.range(0, 37).toArray()));
        long bytes = Linear.bytes(rows);
        DerivedFile file = DecoderWeights.file(derived(), HASH);
        try (Arena first = Arena.ofShared(); Arena second = Arena.ofShared(); var threads = new KernelThreads(1);
                var taken = new LinearInputs(threads, Optional.empty(), List.of())) {
            MemorySegment room = first.allocate(bytes, 64);
            Linear packed = Linear.pack(rows, room, false);
            assertThat(map(file, bytes, second)).isEmpty();

            // when
            file.keep(room);
            MemorySegment mapped = map(file, bytes, second).orElseThrow();

            // then
            assertThat(mapped.isReadOnly()).isTrue();
            assertThat(mapped.mismatch(room)).isEqualTo(-1);
            float[] x = new float[256];
            x[7] = 1;
            assertThat(KernelCheck.product(Linear.pack(rows, mapped, true), x, 0, 1, taken, false))
                    .isEqualTo(KernelCheck.product(packed, x, 0, 1, taken, false));
        }
    }

    @Test
    void aDamagedOrShortFileIsPackedAgain() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            // given
            MemorySegment weights = weights(arena, 1_000);
            DerivedFile file = DecoderWeights.file(derived(), HASH);
            file.keep(weights);
            Path path = files().getFirst();
            Path note = path.resolveSibling(path.getFileName() + ".note");
            byte[] whole = Files.readAllBytes(path);

            // when, then
            assertThat(map(file, 1_004, arena)).as("another size").isEmpty();
            for (int at : new int[] {0, 500, 999, 1_000, whole.length - 1}) {
                byte[] damaged = whole.clone();
                damaged[at] ^= 1;
                Files.deleteIfExists(note);
                Files.write(path, damaged);
                assertThat(map(file, 1_000, arena)).as("byte %d", at).isEmpty();
            }
            Files.write(path, Arrays.copyOf(whole, whole.length - 1));
            assertThat(map(file, 1_000, arena)).isEmpty();
            file.keep(weights);
            assertThat(map(file, 1_000, arena)).isPresent();
        }
    }

    @Test
    void contentOfAnyLengthIsReadWhole() {
        DerivedFile file = DerivedFile.of(derived(), HASH, 7, "json.tokenizer");
        assertThat(file.read()).isEmpty();
        for (byte[] content : new byte[][] {{1}, new byte[5_000]}) {
            file.keep(MemorySegment.ofArray(content));

            assertThat(file.read()).hasValue(content);
        }
        DerivedFile.of(derived(), HASH, 8, "json.tokenizer").keep(MemorySegment.ofArray(new byte[2]));
        assertThat(file.read()).as("of an older version").isEmpty();
        assertThat(DerivedFile.NONE.read()).isEmpty();
    }

    @Test
    void shortFilesAreNotRead() throws IOException {
        DerivedFile file = DerivedFile.of(derived(), HASH, 7, "json.tokenizer");
        for (int bytes = 0; bytes < 40; bytes++) {
            Files.write(folder.resolve(NAME + "-7-json.tokenizer"), new byte[bytes]);

            assertThat(file.read()).as("%d bytes", bytes).isEmpty();
        }
    }

    @Test
    void otherVersionsOfTheSameCheckpointGo() throws IOException {
        // given
        Path stale = Files.writeString(folder.resolve(NAME + "-0-16.packed"), "stale");
        Path registers = Files.writeString(folder.resolve("%s-%d-4.packed".formatted(NAME, PackedForm.VERSION)), "another machine's");
        Path other = Files.writeString(folder.resolve("ffff-0-16.packed"), "another model's");
        try (Arena arena = Arena.ofShared()) {
            // when
            DecoderWeights.file(derived(), HASH).keep(weights(arena, 100));

            // then
            assertThat(stale).doesNotExist();
            assertThat(other).exists();
            assertThat(registers).exists();
            assertThat(files()).hasSize(3);
        }
    }

    @Test
    void whatAKilledProcessLeftHalfWrittenGoes() throws IOException {
        // given
        String name = "%s-%d-8.packed.".formatted(NAME, PackedForm.VERSION);
        Path abandoned = Files.writeString(folder.resolve(name + "17"), "half");
        Files.setLastModifiedTime(abandoned, FileTime.from(Instant.now().minus(Duration.ofMinutes(2))));
        Path beingWritten = Files.writeString(folder.resolve(name + "18"), "half");
        try (Arena arena = Arena.ofShared()) {
            // when
            DecoderWeights.file(derived(), HASH).keep(weights(arena, 100));

            // then
            assertThat(abandoned).doesNotExist();
            assertThat(beingWritten).exists();
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsNoError() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("file"), "");
        try (Arena arena = Arena.ofShared()) {
            DerivedFile file = DecoderWeights.file(new DerivedFolder(inTheWay.resolve("packed"), LIMIT), HASH);

            file.keep(weights(arena, 100));
            assertThat(map(file, 100, arena)).isEmpty();
            DerivedFile.NONE.keep(weights(arena, 100));
            assertThat(map(DerivedFile.NONE, 100, arena)).isEmpty();
            assertThat(files()).containsExactly(inTheWay);
        }
    }

    private static Optional<MemorySegment> map(DerivedFile file, long bytes, Arena arena) {
        return file.map(bytes, arena).map(kept -> {
            kept.reading().close();
            return kept.content();
        });
    }

    private static MemorySegment weights(Arena arena, int bytes) {
        MemorySegment weights = arena.allocate(bytes, 64);
        for (int i = 0; i < bytes; i++) {
            weights.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
        }
        return weights;
    }

    private DerivedFolder derived() {
        return new DerivedFolder(folder, LIMIT);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.toString().endsWith(".note")).toList();
        }
    }
}
