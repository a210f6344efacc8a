package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * A model's file outside the cache, and its SHA-256 if an earlier process has told it. A note in the cache, which may be read-only, holds it for as
 * long as the file's size and the time of its last change stay, the change of a file's status that nobody can set: unlike its time of modification,
 * which archives and images give to different files alike. Immutable; any thread.
 */
public final class FoundFile {
    private static final Logger LOG = Logger.getLogger(FoundFile.class);
    private static final Pattern SYNTAX = Pattern.compile("sha256 ([0-9a-f]{64})\n(.*)", Pattern.DOTALL);
    private static final int MOST_BYTES = 100_000;

    private final Path file;
    private final Path folder;
    private final Optional<String> state;
    private final Optional<String> sha256;

    private FoundFile(Path file, Path folder, Optional<String> state, Optional<String> sha256) {
        this.file = file;
        this.folder = folder;
        this.state = state;
        this.sha256 = sha256;
    }

    /** @param folder of the notes; need not be there */
    static FoundFile of(Path file, Path folder) {
        Optional<String> state = state(file);
        return new FoundFile(file, folder, state, state.flatMap(now -> remembered(file, folder, now)));
    }

    /** One whose hash is known otherwise. */
    static FoundFile of(Path file, String sha256) {
        return new FoundFile(file, null, Optional.empty(), Optional.of(sha256));
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
        if (sha256.isPresent() || state.isEmpty() || !state.equals(state(file))) {
            return;
        }
        try {
            Path note = note(file, folder);
            Path fresh = note.resolveSibling(note.getFileName() + "." + ProcessHandle.current().pid());
            Files.createDirectories(folder);
            Files.writeString(fresh, "sha256 %s\n%s".formatted(hash, state.get()));
            Files.move(fresh, note, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.debugf(e, "the hash of %s cannot be remembered", file);
        }
    }

    private static Optional<String> remembered(Path file, Path folder, String state) {
        try {
            Path note = note(file, folder);
            if (!Files.isRegularFile(note) || Files.size(note) > MOST_BYTES) {
                return Optional.empty();
            }
            var match = SYNTAX.matcher(Files.readString(note));
            return match.matches() && match.group(2).equals(state) ? Optional.of(match.group(1)) : Optional.empty();
        } catch (IOException e) {
            LOG.debugf(e, "what is remembered of %s cannot be read", file);
            return Optional.empty();
        }
    }

    /** What tells this content from others at the same path; nothing where the system keeps no time of change. */
    private static Optional<String> state(Path file) {
        try {
            Map<String, Object> now = Files.readAttributes(file, "unix:size,ctime");
            long changed = ((FileTime) now.get("ctime")).to(TimeUnit.NANOSECONDS);
            return Optional.of("bytes %s\nchanged %d\nfile %s\n".formatted(now.get("size"), changed, file.toRealPath()));
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debugf(e, "%s cannot be known again", file);
            return Optional.empty();
        }
    }

    private static Path note(Path file, Path folder) throws IOException {
        byte[] path = file.toRealPath().toString().getBytes(StandardCharsets.UTF_8);
        return folder.resolve(UUID.nameUUIDFromBytes(path) + ".found");
    }
}
