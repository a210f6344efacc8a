package dev.cadenza.engine.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Threads that share out the parts of one short job after the other. They wait in a loop for the next, since waking a sleeping thread takes longer
 * than most jobs, and fall asleep when none comes soon, so that they leave the cores to others between steps. Jobs come from one thread at a time,
 * which works as well.
 */
final class KernelThreads implements AutoCloseable {
    /** About 20 microseconds. */
    private static final int PATIENCE = 500;
    /** Rows of a share are a multiple of it, so that none ends within a kernel's tile of rows. */
    private static final int SHARE_UNIT = 64;

    /** A job's part. Must not throw but in error. */
    @FunctionalInterface
    interface Part {
        /** @param thread that runs it, 0 .. {@link #count} - 1 */
        void run(int index, int thread);
    }

    @FunctionalInterface
    interface StripRows {
        /** Rows {@code from} to {@code to} of a strip. */
        void run(int thread, int strip, int from, int to);
    }

    private static final class Job {
        private final Part part;
        private final int parts;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger finished = new AtomicInteger();
        private volatile Throwable failure;

        Job(Part part, int parts) {
            this.part = part;
            this.parts = parts;
        }

        void work(int thread) {
            for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
                try {
                    part.run(i, thread);
                } catch (RuntimeException | Error e) {
                    failure = e;
                } finally {
                    finished.incrementAndGet();
                }
            }
        }
    }

    private final List<Helper> helpers = new ArrayList<>();
    private final TileKernel.Strip[] strips;
    private volatile Job current;
    private volatile boolean closed;

    private final class Helper implements Runnable {
        private final int number;
        private volatile boolean asleep;
        private Thread thread;

        Helper(int number) {
            this.number = number;
        }

        @Override
        public void run() {
            Job last = null;
            int waited = 0;
            while (!closed) {
                Job job = current;
                if (job != last) {
                    last = job;
                    waited = 0;
                    if (job != null) {
                        job.work(number);
                    }
                } else if (waited++ < PATIENCE) {
                    Thread.onSpinWait();
                } else {
                    asleep = true;
                    if (current == last && !closed) {
                        LockSupport.park(this);
                    }
                    asleep = false;
                    waited = 0;
                }
            }
        }

        void wake() {
            if (asleep) {
                LockSupport.unpark(thread);
            }
        }
    }

    /** @param threads that work, the caller's included; 1 or more */
    KernelThreads(int threads) {
        strips = Stream.generate(TileKernel.Strip::new).limit(threads).toArray(TileKernel.Strip[]::new);
        for (int i = 1; i < threads; i++) {
            var helper = new Helper(i);
            helper.thread = Thread.ofPlatform().daemon().name("kernel-" + i).unstarted(helper);
            helpers.add(helper);
        }
        helpers.forEach(helper -> helper.thread.start());
    }

    int count() {
        return helpers.size() + 1;
    }

    /** A thread's room, for the part that it runs. */
    TileKernel.Strip strip(int thread) {
        return strips[thread];
    }

    /** Runs parts 0 .. parts - 1, in any order; returns when all have ended. What they wrote can be read then. */
    void run(int parts, Part part) {
        if (parts == 1 || helpers.isEmpty()) {
            for (int i = 0; i < parts; i++) {
                part.run(i, 0);
            }
            return;
        }
        var job = new Job(part, parts);
        current = job;
        helpers.forEach(Helper::wake);
        job.work(0);
        while (job.finished.get() < parts) {
            Thread.onSpinWait();
        }
        switch (job.failure) {
            case null -> {
            }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /**
     * Shares of rows one behind the other, each in jobs of a strip: a share's inputs stay in the second cache from strip to strip.
     *
     * @param jobs that a thread should have at least
     */
    void runStrips(int strips, int jobs, int rows, StripRows work) {
        int units = (rows + SHARE_UNIT - 1) / SHARE_UNIT;
        int shares = Math.clamp((jobs * count() + strips - 1) / strips, 1, units);
        run(strips * shares, (job, thread) -> {
            int share = job / strips;
            int from = Math.min(rows, units * share / shares * SHARE_UNIT);
            int to = Math.min(rows, units * (share + 1) / shares * SHARE_UNIT);
            work.run(thread, job % strips, from, to);
        });
    }

    @Override
    public void close() {
        closed = true;
        helpers.forEach(helper -> LockSupport.unpark(helper.thread));
    }
}
