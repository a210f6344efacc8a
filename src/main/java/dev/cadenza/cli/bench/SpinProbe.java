package dev.cadenza.cli.bench;

import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;

/** Looks whether the machine is quiet: threads, as many as cores are wanted, spin for a moment and tell what share of it they were off their cores. */
final class SpinProbe implements DoubleSupplier {
    private static final int MOST_CORES = 16;

    private final int threads;
    private final long nanos;

    SpinProbe(int threads, Duration time) {
        this.threads = threads;
        this.nanos = time.toNanos();
    }

    /** Cores worth a thread of their own, of a probe or an engine. */
    static int cores() {
        return Math.min(Runtime.getRuntime().availableProcessors(), MOST_CORES);
    }

    /** @return share of the threads' time in gaps, in [0, 1] */
    @Override
    public double getAsDouble() {
        var lost = new AtomicLong();
        var elapsed = new AtomicLong();
        var together = new CyclicBarrier(threads);
        var spinning = new Thread[threads];
        try {
            for (int i = 0; i < threads; i++) {
                spinning[i] = Thread.ofPlatform().daemon().name("spin-probe-" + i).start(() -> spin(together, lost, elapsed));
            }
            for (Thread thread : spinning) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while probing the machine", e);
        }
        return (double) lost.get() / elapsed.get();
    }

    private void spin(CyclicBarrier together, AtomicLong lost, AtomicLong elapsed) {
        try {
            together.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        long now = System.nanoTime();
        var gaps = new SpinGaps(now);
        long end = now + nanos;
        while (now < end) {
            now = System.nanoTime();
            gaps.tick(now);
        }
        lost.addAndGet(gaps.lost());
        elapsed.addAndGet(gaps.elapsed());
    }
}
