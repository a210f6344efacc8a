package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * A line about a file's content, kept in a file of its own. It holds for as long as the size and the time of the last change stay, the change of a
 * file's status that nobody can set: unlike the time of modification, which archives and images give to different files alike. Immutable; any thread.
 *
 * @param note  need not be there
 * @param state of the file when this was made; empty where the system tells no time of change
 */
record FileNote(Path file, Path note, Optional<String> state) {
    private static final Logger LOG = Logger.getLogger(FileNote.class);
    private static final int MOST_BYTES = 100_000;

    /** Of the file as it is now. */
    static FileNote of(Path file, Path note) {
        return new FileNote(file, note, state(file));
    }

    /** What was noted of the file as it is. */
    Optional<String> line() {
        try {
            if (state.isEmpty() || !Files.isRegularFile(note) || Files.size(note) > MOST_BYTES) {
                return Optional.empty();
            }
            String[] parts = Files.readString(note).split("\n", 2);
            return parts.length == 2 && parts[1].equals(state.get()) ? Optional.of(parts[0]) : Optional.empty();
        } catch (IOException e) {
            LOG.debugf(e, "what is noted of %s cannot be read", file);
            return Optional.empty();
        }
    }

    /** Notes it, unless the file has changed since this was made. A note that cannot be written is no error. */
    void write(String line) {
        if (state.isEmpty() || !holds()) {
            return;
        }
        try {
            Path fresh = note.resolveSibling(note.getFileName() + "." + ProcessHandle.current().pid());
            Files.createDirectories(note.getParent());
            Files.writeString(fresh, line + "\n" + state.get());
            Files.move(fresh, note, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.debugf(e, "nothing can be noted of %s", file);
        }
    }

    /** Whether the file is as it was when this was made, as far as can be told. */
    boolean holds() {
        return state.equals(state(file));
    }

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
}
