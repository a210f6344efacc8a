package dev.cadenza.model.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** Ends a stream that has been silent for too long, which the HTTP client would wait for without end. Read by one thread. */
final class StallGuard extends FilterInputStream {
    private final Duration limit;
    private final Thread watch;
    private volatile long heard = System.nanoTime();
    private volatile boolean stalled;

    StallGuard(InputStream in, Duration limit) {
        super(in);
        this.limit = limit;
        watch = Thread.ofVirtual().name("download-watch").start(this::watch);
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        heard = System.nanoTime();
        try {
            int read = super.read(target, offset, length);
            if (stalled) {
                throw silence(null);
            }
            heard = System.nanoTime();
            return read;
        } catch (IOException e) {
            throw stalled ? silence(e) : e;
        }
    }

    @Override
    public void close() throws IOException {
        watch.interrupt();
        super.close();
    }

    private IOException silence(Throwable cause) {
        return new IOException("no byte came for %s s".formatted(limit.toMillis() / 1e3), cause);
    }

    private void watch() {
        try {
            for (long left = limit.toNanos(); left > 0; left = limit.toNanos() - (System.nanoTime() - heard)) {
                Thread.sleep(Duration.ofNanos(left));
            }
            stalled = true;
            in.close();
        } catch (InterruptedException | IOException e) {
            // Either the stream is closed already, or its reader will see the failure itself.
            Thread.currentThread().interrupt();
        }
    }
}
