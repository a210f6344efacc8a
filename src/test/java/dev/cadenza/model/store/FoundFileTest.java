package dev.cadenza.model.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoundFileTest {
    private static final String HASH = StoreFixture.sha256(StoreFixture.CONTENT);

    @TempDir
    Path folder;
    private Path file;

    @BeforeEach
    void writeFile() throws IOException {
        file = Files.write(folder.resolve("own.gguf"), StoreFixture.CONTENT);
    }

    @Test
    void theHashOfAFileIsRememberedByWhateverPathItIsFound() throws IOException {
        FoundFile first = found(file);
        assertThat(first.sha256()).isEmpty();

        first.remember(HASH);

        assertThat(found(file).sha256()).hasValue(HASH);
        assertThat(found(Files.createSymbolicLink(folder.resolve("link.gguf"), file)).sha256()).hasValue(HASH);
        assertThat(found(folder.resolve("x/../own.gguf").normalize()).sha256()).hasValue(HASH);
    }

    @Test
    void aFileOfTheSameSizeAndTimeOfModificationIsNotTakenForTheOther() throws IOException {
        found(file).remember(HASH);
        var modified = Files.getLastModifiedTime(file);

        Path other = Files.write(folder.resolve("other.gguf"), StoreFixture.content(StoreFixture.CONTENT.length, 2));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(file, modified);

        assertThat(found(file).sha256()).isEmpty();
    }

    @Test
    void aFileThatChangedSinceItWasFoundIsNotRemembered() throws IOException {
        FoundFile before = found(file);
        Files.write(file, StoreFixture.content(1_000, 3));

        before.remember(HASH);

        assertThat(found(file).sha256()).isEmpty();
    }

    @Test
    void aDamagedNoteIsAsGoodAsNone() throws IOException {
        found(file).remember(HASH);
        Path note;
        try (var notes = Files.list(notes())) {
            note = notes.findFirst().orElseThrow();
        }
        String whole = Files.readString(note);
        for (int at : new int[] {0, 10, 72, whole.length() / 2, whole.length() - 1}) {
            Files.writeString(note, whole.substring(0, at));
            assertThat(found(file).sha256()).as("%d characters", at).isEmpty();
        }
        found(file).remember(HASH);
        assertThat(found(file).sha256()).hasValue(HASH);
    }

    @Test
    void aFolderThatCannotBeWrittenAndAFileThatIsGoneAreNoErrors() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("found"), "");
        FoundFile.of(file, inTheWay).remember(HASH);
        assertThat(FoundFile.of(file, inTheWay).sha256()).isEmpty();

        FoundFile gone = found(file);
        Files.delete(file);
        gone.remember(HASH);
        assertThat(found(file).sha256()).isEmpty();
    }

    @Test
    void theStoreRemembersItsOwnFilesAndOthers() throws IOException {
        var fixture = new StoreFixture(folder);
        ModelStore store = fixture.store("file:" + file);
        Path cached = store.resolve("tiny", new RecordedProgress());
        assertThat(store.found(cached).sha256()).hasValue(HASH);
        assertThat(store.found(cached).path()).isEqualTo(cached);

        assertThat(store.found(file).sha256()).isEmpty();
        store.found(file).remember(HASH);
        assertThat(store.found(file).sha256()).hasValue(HASH);
        assertThat(folder.resolve("found")).isDirectory();
    }

    private Path notes() {
        return folder.resolve("notes");
    }

    private FoundFile found(Path path) {
        return FoundFile.of(path, notes());
    }
}
