package dev.cadenza.model.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/** A lock on a file against other processes and other threads of this one. The lock file stays behind: removing it would let two holders in. */
final class Exclusive implements AutoCloseable {
    private static final ConcurrentMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel channel;

    private Exclusive(ReentrantLock threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /** @param onWait told once if another holds the lock */
    static Exclusive acquire(Path lockFile, Runnable onWait) throws IOException, InterruptedException {
        var threads = THREADS.computeIfAbsent(lockFile.toAbsolutePath().normalize(), _ -> new ReentrantLock());
        boolean waiting = !threads.tryLock();
        if (waiting) {
            onWait.run();
            threads.lockInterruptibly();
        }
        try {
            return new Exclusive(threads, locked(lockFile, waiting ? () -> { } : onWait));
        } catch (IOException | InterruptedException | RuntimeException e) {
            threads.unlock();
            throw e;
        }
    }

    private static FileChannel locked(Path lockFile, Runnable onWait) throws IOException, InterruptedException {
        var channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                onWait.run();
                channel.lock();
            }
            return channel;
        } catch (FileLockInterruptionException e) {
            channel.close();
            Thread.interrupted();
            throw new InterruptedException();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** By the thread that acquired it. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            threads.unlock();
        }
    }
}
