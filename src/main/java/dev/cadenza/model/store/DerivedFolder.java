package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Where {@linkplain DerivedFile derived files} lie, no more than a limit of them: those that were not used for longest go. Processes may share it.
 *
 * @param path       is made when needed
 * @param limitBytes of all files
 */
public record DerivedFolder(Path path, long limitBytes) {
    private static final Logger LOG = Logger.getLogger(DerivedFolder.class);
    private static final Pattern HALF_WRITTEN = Pattern.compile(".*\\.\\d+");
    private static final String NOTE = ".note";
    private static final String WHOLE = "whole";
    /** Without a word to the file. */
    private static final Duration LONGEST_WRITE = Duration.ofMinutes(1);

    private record Entry(Path path, long bytes, FileTime used) {
        /** What a killed process left; its id would tell nothing about a folder that containers share. */
        boolean isAbandoned() {
            return isHalfWritten() && used.toInstant().isBefore(Instant.now().minus(LONGEST_WRITE));
        }

        boolean isHalfWritten() {
            return HALF_WRITTEN.matcher(path.getFileName().toString()).matches();
        }
    }

    /** Deletes what nobody writes on with, and the files longest unused until a new one fits. */
    boolean makeRoom(long bytes) throws IOException {
        if (limitBytes == 0) {
            return false;
        }
        Files.createDirectories(path);
        long free = Files.getFileStore(path).getUsableSpace();
        if (bytes > limitBytes || bytes > free / 2) {
            LOG.infof("packed_not_kept folder=%s bytes=%d limit=%d free=%d", path, bytes, limitBytes, free);
            return false;
        }
        List<Entry> entries = entries();
        long held = entries.stream().mapToLong(Entry::bytes).sum();
        for (Entry entry : entries) {
            if (entry.isAbandoned() || held + bytes > limitBytes && !entry.isHalfWritten()) {
                delete(entry.path);
                held -= entry.bytes;
            }
        }
        return true;
    }

    /** The longest unused first. */
    private List<Entry> entries() throws IOException {
        var entries = new ArrayList<Entry>();
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(NOTE)).toList()) {
                try {
                    entries.add(new Entry(file, Files.size(file), Files.getLastModifiedTime(file)));
                } catch (NoSuchFileException another) {
                    LOG.debugf(another, "%s was deleted by another process", file);
                }
            }
        }
        entries.sort(Comparator.comparing(Entry::used));
        return entries;
    }

    /** With what is noted of it. */
    static void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(note(file).note());
    }

    /** What is known of a file as it is now. */
    static FileNote note(Path file) {
        return FileNote.of(file, file.resolveSibling(file.getFileName() + NOTE));
    }

    /** Whether it is known to be what was written. */
    static boolean isWhole(FileNote file) {
        return file.line().filter(WHOLE::equals).isPresent();
    }

    /** Notes that a file, unless it has changed since, is whole and in use now, which is another change of its status. */
    static void used(FileNote file) {
        try {
            if (file.holds()) {
                Files.setLastModifiedTime(file.file(), FileTime.from(Instant.now()));
                note(file.file()).write(WHOLE);
            }
        } catch (IOException e) {
            LOG.debugf(e, "the use of %s cannot be noted", file);
        }
    }
}
