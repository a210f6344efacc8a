package dev.cadenza.model.store;

import static dev.cadenza.model.store.StoreFixture.CONTENT;
import static dev.cadenza.model.store.StoreFixture.HUB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelStoreTest {
    @TempDir
    Path folder;

    private StoreFixture fixture;
    private final RecordedProgress progress = new RecordedProgress();

    @BeforeEach
    void makeFixture() throws IOException {
        fixture = new StoreFixture(folder);
        Files.write(folder.resolve("origin.gguf"), CONTENT);
    }

    @Test
    void localFileIsCopiedIntoTheCache() throws IOException {
        // when
        var file = fixture.store("file:origin.gguf").resolve("tiny", progress);

        // then
        assertThat(file).isEqualTo(fixture.target()).hasBinaryContent(CONTENT);
        assertThat(progress.events).containsExactly("copying origin.gguf from 0 of 300000", "finished at 300000");
        assertThat(fixture.cached()).containsExactly("tiny.gguf", "tiny.gguf.verified");
    }

    @Test
    void pathsAndFileSourcesAreUsedWhereTheyAre() {
        // given
        var store = fixture.store("file:origin.gguf");
        String path = folder.resolve("origin.gguf").toString();

        // when, then
        assertThat(store.resolve(path, Progress.SILENT)).isEqualTo(Path.of(path));
        assertThat(store.resolve("file:" + path, Progress.SILENT)).isEqualTo(Path.of(path));
        assertThat(fixture.cache()).doesNotExist();
    }

    @Test
    void whatIsNoModelIsExplained() {
        var store = fixture.store("file:origin.gguf");
        assertThatThrownBy(() -> store.resolve("absent", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                .hasMessage("no model absent: neither a file nor one of tiny, nor a source file:, pip: or hf:");
        assertThatThrownBy(() -> store.resolve(folder.toString(), Progress.SILENT)).hasMessageContaining("is a directory; expected a GGUF file");
        assertThatThrownBy(() -> store.resolve("hf:half", Progress.SILENT)).hasMessage("expected hf:OWNER/REPO/FILE[@REVISION], found hf:half");
        assertThatThrownBy(() -> store.resolve("pip:--evil==1!/x", Progress.SILENT)).hasMessageContaining("expected pip:PACKAGE==VERSION!/");
        assertThatThrownBy(() -> store.resolve("hf:a/b/../../c", Progress.SILENT)).hasMessageContaining("a relative path of plain segments");
        assertThatThrownBy(() -> store.resolve("hf:a/b/c@../x", Progress.SILENT)).hasMessageContaining("a relative path of plain segments");
        assertThatThrownBy(() -> store.resolve("a\0b", Progress.SILENT)).isInstanceOf(ModelUnavailable.class);
    }

    @Test
    void changedOrCutCacheFileIsNoticedAndFetchedAgain() throws IOException {
        // given
        var store = fixture.store("file:origin.gguf");
        var file = store.resolve("tiny", Progress.SILENT);

        for (byte[] damage : List.of(new byte[7], StoreFixture.content(CONTENT.length, 9))) {
            // when
            Files.write(file, damage);
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));

            // then
            assertThat(store.list().getFirst().cached()).isFalse();
            assertThat(store.resolve("tiny", progress)).hasBinaryContent(CONTENT);
            assertThat(progress.events).anyMatch(line -> line.endsWith("is not the file that was fetched; fetching it again"));
        }
    }

    @Test
    void rightFileWithoutANoteIsCheckedOnceAndKept() throws IOException {
        // given
        var store = fixture.store("file:absent.gguf");
        Files.createDirectories(fixture.cache());
        Files.write(fixture.target(), CONTENT);

        // when
        store.resolve("tiny", progress);
        store.resolve("tiny", progress);

        // then
        assertThat(progress.events).containsExactly("checking " + fixture.target());
    }

    @Test
    void rightFileInACacheThatCannotBeWrittenIsUsed() throws IOException {
        // given a cache in which neither note nor lock can be made
        var store = fixture.store("file:absent.gguf");
        Files.createDirectories(fixture.cache());
        Files.write(fixture.target(), CONTENT);
        Files.createDirectory(fixture.cache().resolve("tiny.gguf.verified.new"));
        Files.createDirectory(fixture.cache().resolve("tiny.gguf.lock"));

        // when, then
        assertThat(store.resolve("tiny", progress)).hasBinaryContent(CONTENT);
        assertThat(progress.events).anyMatch(line -> line.startsWith("the next start checks it again: "));
    }

    @Test
    void damagedNoteIsNotTrusted() throws IOException {
        // given
        var store = fixture.store("file:origin.gguf");
        var file = store.resolve("tiny", Progress.SILENT);
        var note = file.resolveSibling("tiny.gguf.verified");
        Files.writeString(note, Files.readString(note).substring(10));

        // when, then
        assertThat(store.resolve("tiny", progress)).hasBinaryContent(CONTENT);
        assertThat(progress.events).containsExactly("checking " + file);
    }

    @Test
    void fileOfAnOldCatalogueIsReplaced() throws IOException {
        // given
        fixture.store("file:origin.gguf").resolve("tiny", Progress.SILENT);
        byte[] newer = StoreFixture.content(500, 3);
        Files.write(folder.resolve("newer.gguf"), newer);
        var origin = new Origin(Source.parse("file:newer.gguf"), StoreFixture.sha256(newer));
        var catalogue = new Catalogue("tiny", List.of(new CatalogueModel("tiny", "a test", "MIT", 500, List.of(origin))));
        var settings = new StoreSettings(fixture.cache(), folder, fixture.endpoint, null, fixture.stall, fixture.python, Disk.REAL);

        // when, then
        assertThat(new ModelStore(catalogue, settings).resolve("tiny", Progress.SILENT)).hasBinaryContent(newer);
    }

    @Test
    void fullDiskIsToldAndLeavesNothingBehind() throws IOException {
        // given
        fixture.disk = new FailingDisk(100_000, Long.MAX_VALUE);

        // when, then
        assertThatThrownBy(() -> fixture.store("file:origin.gguf").resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                .hasMessageContaining("file:origin.gguf: No space left on device");
        assertThat(fixture.cached()).isEmpty();
    }

    @Test
    void tooSmallADiskIsToldBeforeTheTransfer() {
        // given
        fixture.disk = new FailingDisk(Long.MAX_VALUE, 200_000);

        // when, then
        assertThatThrownBy(() -> fixture.store("file:origin.gguf").resolve("tiny", progress))
                .hasMessageContaining("0.2 MB free, 0.3 MB more are needed");
        assertThat(progress.events).noneMatch(line -> line.startsWith("copying"));
    }

    @Test
    void unusableCacheIsNamed() throws IOException {
        // given
        Files.writeString(fixture.cache(), "a file where the folder should be");

        // when, then
        assertThatThrownBy(() -> fixture.store("file:origin.gguf").resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                .hasMessageContaining("cannot use the model cache " + fixture.cache() + " for tiny (CADENZA_HOME moves it)");
    }

    @Test
    void manyThreadsFetchOnce() throws Exception {
        // given
        try (var hub = new FakeHub(CONTENT); var threads = Executors.newFixedThreadPool(8)) {
            fixture.endpoint = hub.endpoint();
            var store = fixture.store(HUB);

            // when
            Callable<Path> pull = () -> store.resolve("tiny", Progress.SILENT);
            var pulls = new ArrayList<Future<Path>>();
            for (int i = 0; i < 8; i++) {
                pulls.add(threads.submit(pull));
            }

            // then
            for (var each : pulls) {
                assertThat(each.get()).hasBinaryContent(CONTENT);
            }
            assertThat(hub.storageRequests()).hasSize(1);
        }
    }

    @Test
    void secondProcessIsWaitedFor() throws Exception {
        // given a process in the middle of its download
        try (var hub = new FakeHub(CONTENT); var threads = Executors.newSingleThreadExecutor()) {
            hub.halfWay = new CountDownLatch(1);
            var other = StoreFixture.OtherProcess.start(folder, hub.endpoint());
            awaitPart(other);
            fixture.endpoint = hub.endpoint();

            // when
            var here = threads.submit(() -> fixture.store(HUB).resolve("tiny", progress));
            assertThat(progress.waiting.await(20, TimeUnit.SECONDS)).isTrue();
            hub.halfWay.countDown();

            // then
            assertThat(here.get()).hasBinaryContent(CONTENT);
            assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains(fixture.target().toString());
            assertThat(other.waitFor()).isZero();
            assertThat(hub.storageRequests()).hasSize(1);
            assertThat(progress.events).containsExactly("waiting for another process that fetches tiny");
        }
    }

    @Test
    void killedDownloadIsNeverTakenForTheFileAndIsResumed() throws Exception {
        // given a process that is killed in the middle of its download
        try (var hub = new FakeHub(CONTENT)) {
            hub.halfWay = new CountDownLatch(1);
            var other = StoreFixture.OtherProcess.start(folder, hub.endpoint());
            awaitPart(other);
            other.destroyForcibly().waitFor();
            fixture.endpoint = hub.endpoint();
            hub.halfWay.countDown();

            // when
            boolean cached = fixture.store(HUB).list().getFirst().cached();
            boolean present = Files.exists(fixture.target());
            var file = fixture.store(HUB).resolve("tiny", Progress.SILENT);

            // then
            assertThat(cached).isFalse();
            assertThat(present).isFalse();
            assertThat(file).hasBinaryContent(CONTENT);
            assertThat(hub.storageRequests().getLast().range()).isEqualTo("bytes=150000-");
        }
    }

    @Test
    void interruptedPullEndsAndTheThreadStaysInterrupted() throws Exception {
        // given
        try (var hub = new FakeHub(CONTENT); var threads = Executors.newSingleThreadExecutor()) {
            hub.halfWay = new CountDownLatch(1);
            fixture.endpoint = hub.endpoint();
            var holder = threads.submit(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT));
            awaitPart(null);

            // when
            Thread.currentThread().interrupt();

            // then
            assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                    .hasMessage("fetching tiny was interrupted");
            assertThat(Thread.interrupted()).isTrue();
            hub.halfWay.countDown();
            assertThat(holder.get()).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void interruptedWaitForAnotherProcessEnds() throws Exception {
        // given a process that holds the lock
        try (var hub = new FakeHub(CONTENT); var threads = Executors.newSingleThreadExecutor()) {
            hub.halfWay = new CountDownLatch(1);
            var other = StoreFixture.OtherProcess.start(folder, hub.endpoint());
            awaitPart(other);
            fixture.endpoint = hub.endpoint();

            // when
            var here = threads.submit(() -> fixture.store(HUB).resolve("tiny", progress));
            assertThat(progress.waiting.await(20, TimeUnit.SECONDS)).isTrue();
            threads.shutdownNow();

            // then
            assertThatThrownBy(here::get).hasCauseInstanceOf(ModelUnavailable.class).hasMessageContaining("fetching tiny was interrupted");
            hub.halfWay.countDown();
            assertThat(other.waitFor()).isZero();
        }
    }

    /** Until half of the file has come. */
    private void awaitPart(Process process) throws IOException, InterruptedException {
        while (fixture.cached().stream().filter(name -> name.endsWith(".part")).map(fixture.cache()::resolve).noneMatch(ModelStoreTest::isHalf)) {
            if (process != null && process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new AssertionError(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
            Thread.onSpinWait();
        }
    }

    private static boolean isHalf(Path part) {
        return part.toFile().length() == CONTENT.length / 2;
    }

    /** Refuses writes behind a number of bytes, or has a number of bytes free. */
    private record FailingDisk(long writable, long freeBytes) implements Disk {
        @Override
        public OutputStream open(Path file, boolean append) throws IOException {
            return new FilterOutputStream(Disk.REAL.open(file, append)) {
                private long written;

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    written += length;
                    if (written > writable) {
                        throw new IOException("No space left on device");
                    }
                    out.write(bytes, offset, length);
                }
            };
        }

        @Override
        public long freeBytes(Path folder) {
            return freeBytes;
        }
    }
}
