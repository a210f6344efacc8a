package dev.cadenza.model.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DerivedFolderTest {
    private static final int TRAILER = 16;

    @TempDir
    Path folder;

    @Test
    void theLongestUnusedGoesWhenAnotherNeedsItsRoom() throws IOException {
        // given
        var limited = new DerivedFolder(folder, 3 * (1_000 + TRAILER));
        for (int i = 0; i < 3; i++) {
            file(limited, "model" + i).keep(content(1_000));
            age(folder.resolve("model" + i + "-1-8.packed"), Duration.ofHours(3 - i));
        }
        assertThat(file(limited, "model0").read()).as("used again").isPresent();

        // when
        file(limited, "model3").keep(content(1_000));

        // then
        assertThat(names()).containsExactlyInAnyOrder("model0-1-8.packed", "model2-1-8.packed", "model3-1-8.packed");
    }

    @Test
    void aFileBeyondTheLimitIsNotKeptAndDrivesNoneOut() throws IOException {
        var limited = new DerivedFolder(folder, 2_000);
        file(limited, "small").keep(content(100));

        file(limited, "large").keep(content(2_000));

        assertThat(names()).containsExactly("small-1-8.packed");
    }

    @Test
    void aLimitOfZeroKeepsNothing() throws IOException {
        file(new DerivedFolder(folder, 0), "model").keep(content(1));

        assertThat(names()).isEmpty();
    }

    @Test
    void whatAnotherProcessIsWritingStays() throws IOException {
        Path beingWritten = Files.write(folder.resolve("other-1-8.packed.17"), new byte[900]);

        file(new DerivedFolder(folder, 1_100), "model").keep(content(1_000));

        assertThat(beingWritten).exists();
        assertThat(names()).hasSize(2);
    }

    @Test
    void nothingIsFoundUntilTheCheckpointIsKnownAndKeepingWaitsForIt() throws Exception {
        // given
        var hash = new CompletableFuture<String>();
        DerivedFile file = DerivedFile.of(new DerivedFolder(folder, 1 << 20), hash, 1, "8.packed");

        // when
        Thread writer = Thread.ofPlatform().start(() -> file.keep(content(1_000)));

        // then
        assertThat(file.read()).isEmpty();
        hash.complete("late");
        writer.join();
        assertThat(file.read()).isPresent();
    }

    @Test
    void contentOfManyPiecesIsCheckedWhole() throws IOException {
        // given
        int bytes = (33 << 20) + 5;
        DerivedFile file = file(new DerivedFolder(folder, 1L << 30), "model");
        file.keep(content(bytes));
        Path path = folder.resolve("model-1-8.packed");
        try (Arena arena = Arena.ofShared()) {
            assertThat(map(file, bytes, arena).orElseThrow().mismatch(content(bytes))).isEqualTo(-1);

            // when, then
            for (int at : List.of(3, 17 << 20, bytes - 1, bytes + 9)) {
                byte[] whole = Files.readAllBytes(path);
                awaitNextTime();
                whole[at] ^= 4;
                Files.write(path, whole);
                assertThat(map(file, bytes, arena)).as("byte %d", at).isEmpty();
                whole[at] ^= 4;
                Files.write(path, whole);
            }
        }
    }

    @Test
    void aClosedKeepingLeavesAWholeFileOrNone() throws IOException {
        DerivedFile file = file(new DerivedFolder(folder, 1L << 30), "model");
        MemorySegment content = content(64 << 20);
        for (int pause = 0; pause < 40; pause += 4) {
            try (DerivedFile.Aside _ = file.keepAside(content)) {
                spin(Duration.ofMillis(pause));
            }
            assertThat(names()).isSubsetOf("model-1-8.packed");
            if (!names().isEmpty()) {
                assertThat(file.read()).as("after %d ms", pause).isPresent();
                Files.delete(folder.resolve("model-1-8.packed"));
            }
        }
    }

    @Test
    void aKeepingThatWaitsForTheHashEndsWhenClosed() throws IOException {
        DerivedFile.of(new DerivedFolder(folder, 1 << 20), new CompletableFuture<>(), 1, "8.packed").keepAside(content(10)).close();

        assertThat(names()).isEmpty();
    }

    @Test
    void aFileIsCheckedUnlessItIsAsItWasWhenItWasWrittenOrChecked() throws IOException {
        DerivedFile file = file(new DerivedFolder(folder, 1 << 20), "model");
        file.keep(content(1_000));
        Path path = folder.resolve("model-1-8.packed");
        assertThat(isKnown(path)).as("written").isTrue();
        byte[] written = Files.readAllBytes(path);
        byte[] damaged = written.clone();
        damaged[5]++;

        // of the same size, at another time
        awaitNextTime();
        Files.write(path, damaged);
        assertThat(isKnown(path)).isFalse();
        assertThat(file.read()).isEmpty();
        assertThat(isKnown(path)).as("damaged").isFalse();

        // what is noted to be whole is taken unread
        DerivedFolder.used(DerivedFolder.note(path));
        assertThat(file.read().orElseThrow()).startsWith(Arrays.copyOf(damaged, 6));

        awaitNextTime();
        Files.write(path, written);
        assertThat(file.read().orElseThrow()).startsWith(Arrays.copyOf(written, 6));
        assertThat(isKnown(path)).as("checked").isTrue();
        assertThat(file.read()).as("and used").isPresent();
        assertThat(isKnown(path)).as("used again").isTrue();
    }

    @Test
    void aFileThatChangesWhileItIsCheckedIsNotNotedToBeWhole() throws IOException {
        file(new DerivedFolder(folder, 1 << 20), "model").keep(content(1_000));
        Path path = folder.resolve("model-1-8.packed");
        FileNote before = DerivedFolder.note(path);
        awaitNextTime();
        Files.write(path, new byte[1_016]);

        DerivedFolder.used(before);

        assertThat(isKnown(path)).isFalse();
    }

    @Test
    void notesGoWithTheirFilesAndAreNoneThemselves() throws IOException {
        var limited = new DerivedFolder(folder, 1_000 + TRAILER);
        file(limited, "first").keep(content(1_000));
        file(limited, "second").keep(content(1_000));

        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(Path::getFileName).map(Path::toString)).containsExactlyInAnyOrder("second-1-8.packed", "second-1-8.packed.note");
        }
    }

    private static boolean isKnown(Path file) {
        return DerivedFolder.isWhole(DerivedFolder.note(file));
    }

    /** The system's clock for changes stands for some milliseconds. */
    private void awaitNextTime() throws IOException {
        Path clock = folder.resolve("clock.note");
        Files.write(clock, new byte[1]);
        Object now = Files.getAttribute(clock, "unix:ctime");
        while (now.equals(Files.getAttribute(clock, "unix:ctime"))) {
            Files.write(clock, new byte[1]);
        }
    }

    private static Optional<MemorySegment> map(DerivedFile file, long bytes, Arena arena) {
        return file.map(bytes, arena).map(kept -> {
            kept.reading().close();
            return kept.content();
        });
    }

    private static void spin(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static DerivedFile file(DerivedFolder folder, String checkpoint) {
        Future<String> hash = CompletableFuture.completedFuture(checkpoint);
        return DerivedFile.of(folder, hash, 1, "8.packed");
    }

    private static MemorySegment content(int bytes) {
        byte[] content = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            content[i] = (byte) (i * 31);
        }
        return MemorySegment.ofArray(content);
    }

    private static void age(Path file, Duration age) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".note")).toList();
        }
    }
}
