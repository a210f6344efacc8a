package dev.cadenza.model.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that is being fetched.
 *
 * @param file          where it grows
 * @param expectedBytes size of the whole, -1: unknown
 * @param pinned        its hash is known and will be checked
 */
record Part(Disk disk, Path file, long expectedBytes, boolean pinned) {
    private static final int BUFFER_BYTES = 1 << 16;

    /** 0 if there is none. */
    long size() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /**
     * Writes a stream to the file's start or end.
     *
     * @param total bytes that the whole file will have, -1: unknown; more are refused
     */
    void write(InputStream in, boolean append, long total, String what, Progress progress) throws IOException {
        long done = append ? size() : 0;
        checkSpace(total - done);
        progress.started(what, done, total);
        try (var out = disk.open(file, append)) {
            var buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                done += read;
                if (total >= 0 && done > total) {
                    throw new IOException("more than the announced %d bytes".formatted(total));
                }
                out.write(buffer, 0, read);
                progress.reached(done);
            }
        } finally {
            progress.finished();
        }
    }

    /** What the server called the version of the file that is here, empty if unknown. */
    String tag() throws IOException {
        return Files.exists(tagFile()) ? Files.readString(tagFile()) : "";
    }

    void tag(String tag) throws IOException {
        Files.write(tagFile(), tag.getBytes(StandardCharsets.UTF_8));
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(tagFile());
    }

    private Path tagFile() {
        return file.resolveSibling(file.getFileName() + ".tag");
    }

    private void checkSpace(long needed) throws IOException {
        long free = disk.freeBytes(file.getParent());
        if (needed > free) {
            throw new IOException("the disk of %s has %s free, %s more are needed".formatted(file.getParent(), ConsoleProgress.megabytes(free),
                    ConsoleProgress.megabytes(needed)));
        }
    }
}
