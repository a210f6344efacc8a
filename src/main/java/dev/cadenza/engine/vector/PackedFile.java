package dev.cadenza.engine.vector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jboss.logging.Logger;

/**
 * Packed weights that outlast a process: the next start maps them instead of packing again. A file that is absent, damaged, of another version or
 * of other registers means packing, and one that cannot be written means packing at the next start too; neither is an error.
 * Behind the weights stand their number of bytes and their CRC-32C.
 */
public final class PackedFile {
    /** Nothing is kept. */
    public static final PackedFile NONE = new PackedFile(null);
    private static final Logger LOG = Logger.getLogger(PackedFile.class);
    private static final String ENDING = ".packed";
    /** Without a word to the file. */
    private static final Duration LONGEST_WRITE = Duration.ofMinutes(1);
    private static final int TRAILER_BYTES = 2 * Long.BYTES;
    /** Below the most that one buffer takes. */
    private static final long SLICE_BYTES = 1L << 30;

    private final Path path;

    private PackedFile(Path path) {
        this.path = path;
    }

    /**
     * @param folder     is made when needed
     * @param checkpoint what tells the checkpoint's content from all others', fit for a file's name
     */
    public static PackedFile of(Path folder, String checkpoint) {
        return new PackedFile(folder.resolve("%s-%d-%d%s".formatted(checkpoint, PackedForm.VERSION, CodeKernel.LANES, ENDING)));
    }

    /** @return the file's weights, read-only, until the arena closes; empty unless they are whole and {@code bytes} long */
    Optional<MemorySegment> map(long bytes, Arena arena) {
        if (path == null || !Files.isRegularFile(path)) {
            return Optional.empty();
        }
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() != bytes + TRAILER_BYTES) {
                return Optional.empty();
            }
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            MemorySegment weights = all.asSlice(0, bytes);
            boolean whole = all.asSlice(bytes).mismatch(trailer(weights)) < 0;
            // Of the class that other native memory has: kernels that see two classes are compiled to ask, and several times slower.
            return whole ? Optional.of(weights.reinterpret(arena, null)) : Optional.empty();
        } catch (IOException e) {
            LOG.debugf(e, "packed weights cannot be read from %s", path);
            return Optional.empty();
        }
    }

    /** Writes them for the next start, and deletes those of other versions and what processes that were killed have left half written. */
    void keep(MemorySegment weights) {
        if (path == null) {
            return;
        }
        Path fresh = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.createDirectories(path.getParent());
            try (var channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                write(channel, weights);
                write(channel, trailer(weights));
            }
            for (Path stale : stale()) {
                Files.deleteIfExists(stale);
            }
            Files.move(fresh, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.debugf(e, "packed weights cannot be kept in %s", path);
            try {
                Files.deleteIfExists(fresh);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
        }
    }

    /** The same checkpoint's files of other versions, and those that nobody goes on with; those of other registers may be another machine's. */
    private List<Path> stale() throws IOException {
        String name = path.getFileName().toString();
        String checkpoint = name.substring(0, name.indexOf('-') + 1);
        var stale = new ArrayList<Path>();
        try (Stream<Path> files = Files.list(path.getParent())) {
            for (Path file : files.filter(file -> file.getFileName().toString().startsWith(checkpoint)).toList()) {
                String other = file.getFileName().toString();
                boolean whole = other.endsWith(ENDING);
                if (whole ? !other.startsWith(checkpoint + PackedForm.VERSION + "-") : other.contains(ENDING + ".") && isAbandoned(file)) {
                    stale.add(file);
                }
            }
        }
        return stale;
    }

    /** A process id would tell nothing about a folder that containers share. */
    private static boolean isAbandoned(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(LONGEST_WRITE));
    }

    private static MemorySegment trailer(MemorySegment weights) {
        var checksum = new CRC32C();
        for (long at = 0; at < weights.byteSize(); at += SLICE_BYTES) {
            checksum.update(slice(weights, at));
        }
        MemorySegment trailer = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(TRAILER_BYTES).order(ByteOrder.nativeOrder()));
        trailer.set(ValueLayout.JAVA_LONG, 0, weights.byteSize());
        trailer.set(ValueLayout.JAVA_LONG, Long.BYTES, checksum.getValue());
        return trailer;
    }

    private static ByteBuffer slice(MemorySegment data, long at) {
        return data.asSlice(at, Math.min(SLICE_BYTES, data.byteSize() - at)).asByteBuffer();
    }

    private static void write(FileChannel channel, MemorySegment data) throws IOException {
        for (long at = 0; at < data.byteSize(); at += SLICE_BYTES) {
            ByteBuffer slice = slice(data, at);
            while (slice.hasRemaining()) {
                channel.write(slice);
            }
        }
    }
}
