package dev.cadenza.model.store;

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
 * What was made of a checkpoint and outlasts a process: the next start takes it instead of making it again. A file that is absent, damaged or of another
 * version means making it, and one that cannot be written means making it at the next start too; neither is an error. Behind the content stand its
 * number of bytes and its CRC-32C.
 */
public final class DerivedFile {
    /** Nothing is kept. */
    public static final DerivedFile NONE = new DerivedFile(null, "", "", "");
    private static final Logger LOG = Logger.getLogger(DerivedFile.class);
    /** Without a word to the file. */
    private static final Duration LONGEST_WRITE = Duration.ofMinutes(1);
    private static final int TRAILER_BYTES = 2 * Long.BYTES;
    /** Below the most that one buffer takes. */
    private static final long SLICE_BYTES = 1L << 30;

    private final Path path;
    /** What all versions of it begin with, and this one. */
    private final String checkpoint;
    private final String version;
    private final String ending;

    private DerivedFile(Path path, String checkpoint, String version, String ending) {
        this.path = path;
        this.checkpoint = checkpoint;
        this.version = version;
        this.ending = ending;
    }

    /**
     * @param folder     is made when needed
     * @param checkpoint what tells the checkpoint's content from all others', fit for a file's name
     * @param version    of what makes it: files of others are deleted
     * @param variant    one of several that may stand side by side
     * @param ending     with the dot; what it is
     */
    public static DerivedFile of(Path folder, String checkpoint, int version, String variant, String ending) {
        String prefix = checkpoint + "-" + version + "-";
        return new DerivedFile(folder.resolve(prefix + variant + ending), checkpoint + "-", prefix, ending);
    }

    /** @return the content; empty unless it is whole and has a byte */
    public Optional<byte[]> read() {
        if (path == null || !Files.isRegularFile(path)) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            long bytes = Files.size(path) - TRAILER_BYTES;
            return bytes <= 0 ? Optional.empty() : map(bytes, arena).map(content -> content.toArray(ValueLayout.JAVA_BYTE));
        } catch (IOException e) {
            LOG.debugf(e, "%s cannot be read", path);
            return Optional.empty();
        }
    }

    /** @return the content, read-only, until the arena closes; empty unless it is whole and {@code bytes} long */
    public Optional<MemorySegment> map(long bytes, Arena arena) {
        if (path == null || !Files.isRegularFile(path)) {
            return Optional.empty();
        }
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() != bytes + TRAILER_BYTES) {
                return Optional.empty();
            }
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            MemorySegment content = all.asSlice(0, bytes);
            boolean whole = all.asSlice(bytes).mismatch(trailer(content)) < 0;
            // Of the class that other native memory has: kernels that see two classes are compiled to ask, and several times slower.
            return whole ? Optional.of(content.reinterpret(arena, null)) : Optional.empty();
        } catch (IOException e) {
            LOG.debugf(e, "%s cannot be read", path);
            return Optional.empty();
        }
    }

    /** Writes it for the next start, and deletes those of other versions and what processes that were killed have left half written. */
    public void keep(MemorySegment content) {
        if (path == null) {
            return;
        }
        Path fresh = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.createDirectories(path.getParent());
            try (var channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                write(channel, content);
                write(channel, trailer(content));
            }
            for (Path stale : stale()) {
                Files.deleteIfExists(stale);
            }
            Files.move(fresh, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.debugf(e, "%s cannot be kept", path);
            try {
                Files.deleteIfExists(fresh);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
        }
    }

    /** The same checkpoint's files of other versions, and those that nobody goes on with; other variants may be another machine's. */
    private List<Path> stale() throws IOException {
        var stale = new ArrayList<Path>();
        try (Stream<Path> files = Files.list(path.getParent())) {
            for (Path file : files.filter(file -> file.getFileName().toString().startsWith(checkpoint)).toList()) {
                String other = file.getFileName().toString();
                if (other.endsWith(ending) ? !other.startsWith(version) : other.contains(ending + ".") && isAbandoned(file)) {
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

    private static MemorySegment trailer(MemorySegment content) {
        var checksum = new CRC32C();
        for (long at = 0; at < content.byteSize(); at += SLICE_BYTES) {
            checksum.update(slice(content, at));
        }
        MemorySegment trailer = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(TRAILER_BYTES).order(ByteOrder.nativeOrder()));
        trailer.set(ValueLayout.JAVA_LONG, 0, content.byteSize());
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
