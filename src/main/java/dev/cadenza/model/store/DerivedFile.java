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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jboss.logging.Logger;

/**
 * What was made of a checkpoint and outlasts a process: the next start takes it instead of making it again. A file that is absent, damaged or of another
 * version means making it, and one that cannot be written means making it at the next start too; neither is an error. Behind the content stand its
 * number of bytes and a CRC-32C of the CRC-32Cs of its pieces, for files that came here by another way: one that is as it was when it was written or
 * checked is not read before it is used.
 */
public final class DerivedFile {
    /** Nothing is kept. */
    public static final DerivedFile NONE = new DerivedFile(null, null, "", "");
    private static final Logger LOG = Logger.getLogger(DerivedFile.class);
    private static final int TRAILER_BYTES = 2 * Long.BYTES;
    /** Checked by several cores at once. */
    private static final long PIECE_BYTES = 16L << 20;

    private final DerivedFolder folder;
    private final Future<String> checkpoint;
    /** What follows the checkpoint in names of this version. */
    private final String version;
    private final String variant;

    private DerivedFile(DerivedFolder folder, Future<String> checkpoint, String version, String variant) {
        this.folder = folder;
        this.checkpoint = checkpoint;
        this.version = version;
        this.variant = variant;
    }

    /**
     * @param checkpoint what tells the checkpoint's content from all others', fit for a file's name; until it is known nothing is found
     * @param version    of what makes it: files of others are deleted
     * @param variant    one of several that may stand side by side, with an ending that tells what it is
     */
    public static DerivedFile of(DerivedFolder folder, Future<String> checkpoint, int version, String variant) {
        return new DerivedFile(folder, checkpoint, "-" + version + "-", variant);
    }

    /** @return the content; empty unless it is whole and has a byte */
    public Optional<byte[]> read() {
        return known().flatMap(path -> {
            try (Arena arena = Arena.ofShared()) {
                return map(path, arena).map(file -> file.asSlice(0, contentBytes(file)).toArray(ValueLayout.JAVA_BYTE));
            }
        });
    }

    /**
     * What was kept.
     *
     * @param content read-only
     * @param reading brings into memory what is on the disk alone, from front to back; ends before the arena may be closed
     */
    public record Kept(MemorySegment content, Aside reading) {
    }

    /** @return the content until the arena closes; empty unless it is whole and {@code bytes} long */
    public Optional<Kept> map(long bytes, Arena arena) {
        return known().flatMap(path -> map(path, arena)).filter(file -> contentBytes(file) == bytes).map(file -> {
            // Of the class that other native memory has: kernels that see two classes are compiled to ask, and several times slower.
            MemorySegment content = file.asSlice(0, bytes).reinterpret(arena, null);
            return new Kept(content, Aside.start("derived-file-reading", () -> load(file)));
        });
    }

    private static void load(MemorySegment file) {
        for (int at = 0; at < pieces(file) && !Thread.currentThread().isInterrupted(); at++) {
            MemorySegment piece = piece(file, at);
            if (!piece.isLoaded()) {
                piece.load();
            }
        }
    }

    private static long contentBytes(MemorySegment file) {
        return file.byteSize() - TRAILER_BYTES;
    }

    private Optional<Path> known() {
        boolean findable = folder != null && checkpoint.state() == Future.State.SUCCESS;
        return findable ? Optional.of(path(checkpoint.resultNow())).filter(Files::isRegularFile) : Optional.empty();
    }

    private Path path(String hash) {
        return folder.path().resolve(hash + version + variant);
    }

    /** @return the file, trailer included */
    private static Optional<MemorySegment> map(Path path, Arena arena) {
        FileNote note = DerivedFolder.note(path);
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() <= TRAILER_BYTES) {
                return Optional.empty();
            }
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            boolean known = DerivedFolder.isWhole(note);
            if (!known && !hasItsChecksum(file)) {
                return Optional.empty();
            }
            if (known || outlastsLossOfPower(channel, path)) {
                DerivedFolder.used(note);
            }
            return Optional.of(file);
        } catch (IOException e) {
            LOG.debugf(e, "%s cannot be read", path);
            return Optional.empty();
        }
    }

    private static boolean outlastsLossOfPower(FileChannel channel, Path path) {
        try {
            channel.force(false);
            return true;
        } catch (IOException e) {
            LOG.debugf(e, "%s cannot be forced to the disk", path);
            return false;
        }
    }

    private static boolean hasItsChecksum(MemorySegment file) {
        MemorySegment content = file.asSlice(0, contentBytes(file));
        long[] checksums = IntStream.range(0, pieces(content)).parallel().mapToLong(at -> checksum(piece(content, at).asByteBuffer())).toArray();
        return file.asSlice(content.byteSize()).mismatch(trailer(content.byteSize(), checksums)) < 0;
    }

    /** Work on a file that goes on beside all else. Closing it ends it, done or not, and waits for that: then the content may go. */
    public static final class Aside implements AutoCloseable {
        private final Thread worker;

        private Aside(Thread worker) {
            this.worker = worker;
        }

        private static Aside start(String name, Runnable work) {
            return new Aside(Thread.ofPlatform().daemon().name(name).start(work));
        }

        @Override
        public void close() {
            worker.interrupt();
            boolean interrupted = false;
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Begins to {@link #keep}. */
    public Aside keepAside(MemorySegment content) {
        return Aside.start("derived-file", () -> keep(content));
    }

    /**
     * Writes it for the next start, once the checkpoint is known, and deletes those of other versions and what processes that were killed have left half
     * written. Interrupting the thread ends it.
     */
    public void keep(MemorySegment content) {
        if (folder == null) {
            return;
        }
        try {
            String hash = checkpoint.get();
            if (folder.makeRoom(content.byteSize() + TRAILER_BYTES)) {
                write(path(hash), content);
                for (Path stale : otherVersions(hash)) {
                    DerivedFolder.delete(stale);
                }
            }
        } catch (IOException | ExecutionException e) {
            LOG.debugf(e, "a file in %s cannot be kept", folder.path());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(Path path, MemorySegment content) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + "." + ProcessHandle.current().pid());
        try {
            try (var channel = FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                long[] checksums = new long[pieces(content)];
                for (int at = 0; at < checksums.length; at++) {
                    ByteBuffer piece = piece(content, at).asByteBuffer();
                    checksums[at] = checksum(piece.duplicate());
                    write(channel, piece);
                    // What is noted to be whole must outlast a loss of power; piece by piece, so that the write can be ended.
                    channel.force(false);
                }
                write(channel, trailer(content.byteSize(), checksums).asByteBuffer());
                channel.force(true);
            }
            Files.move(fresh, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            DerivedFolder.used(DerivedFolder.note(path));
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The same checkpoint's files of the same kind; other variants may be another machine's. */
    private List<Path> otherVersions(String hash) throws IOException {
        String ending = variant.substring(variant.lastIndexOf('.'));
        try (Stream<Path> files = Files.list(folder.path())) {
            return files.filter(file -> {
                String name = file.getFileName().toString();
                return name.startsWith(hash + "-") && name.endsWith(ending) && !name.startsWith(hash + version);
            }).toList();
        }
    }

    private static MemorySegment trailer(long bytes, long[] checksums) {
        var pieces = ByteBuffer.allocate(checksums.length * Long.BYTES).order(ByteOrder.nativeOrder());
        pieces.asLongBuffer().put(checksums);
        MemorySegment trailer = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(TRAILER_BYTES).order(ByteOrder.nativeOrder()));
        trailer.set(ValueLayout.JAVA_LONG, 0, bytes);
        trailer.set(ValueLayout.JAVA_LONG, Long.BYTES, checksum(pieces));
        return trailer;
    }

    private static long checksum(ByteBuffer bytes) {
        var checksum = new CRC32C();
        checksum.update(bytes);
        return checksum.getValue();
    }

    private static int pieces(MemorySegment content) {
        return Math.toIntExact((content.byteSize() + PIECE_BYTES - 1) / PIECE_BYTES);
    }

    private static MemorySegment piece(MemorySegment content, int at) {
        long from = at * PIECE_BYTES;
        return content.asSlice(from, Math.min(PIECE_BYTES, content.byteSize() - from));
    }
}
