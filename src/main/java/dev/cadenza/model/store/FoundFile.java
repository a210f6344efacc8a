package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A model's file outside the cache, and its SHA-256 if an earlier process has told it. A {@linkplain FileNote note} in the cache, which may be read-only,
 * holds it. Immutable; any thread.
 */
public final class FoundFile {
    private static final String HASH = "sha256 ";
    private static final Pattern SYNTAX = Pattern.compile(HASH + "([0-9a-f]{64})");

    private final Path file;
    private final Optional<FileNote> note;
    private final Optional<String> sha256;

    private FoundFile(Path file, Optional<FileNote> note, Optional<String> sha256) {
        this.file = file;
        this.note = note;
        this.sha256 = sha256;
    }

    /** @param folder of the notes; need not be there */
    static FoundFile of(Path file, Path folder) {
        Optional<FileNote> note = note(file, folder);
        return new FoundFile(file, note, note.flatMap(FileNote::line).map(SYNTAX::matcher).filter(match -> match.matches()).map(match -> match.group(1)));
    }

    /** One whose hash is known otherwise. */
    static FoundFile of(Path file, String sha256) {
        return new FoundFile(file, Optional.empty(), Optional.of(sha256));
    }

    public Path path() {
        return file;
    }

    /** In 64 lower-case hex digits. */
    public Optional<String> sha256() {
        return sha256;
    }

    /**
     * Leaves a note of the file as it was found, unless it has changed since. A note that cannot be written is no error.
     *
     * @param hash of the file's content, read after it was found
     */
    public void remember(String hash) {
        if (sha256.isEmpty()) {
            note.ifPresent(note -> note.write(HASH + hash));
        }
    }

    private static Optional<FileNote> note(Path file, Path folder) {
        try {
            byte[] path = file.toRealPath().toString().getBytes(StandardCharsets.UTF_8);
            return Optional.of(FileNote.of(file, folder.resolve(UUID.nameUUIDFromBytes(path) + ".found")));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
