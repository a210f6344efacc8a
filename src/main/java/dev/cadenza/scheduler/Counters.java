package dev.cadenza.scheduler;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Written by the device thread, read by any. */
final class Counters {
    final AtomicLong steps = new AtomicLong();
    final AtomicLong draftSteps = new AtomicLong();
    final AtomicLong promptTokens = new AtomicLong();
    final AtomicLong generatedTokens = new AtomicLong();
    final AtomicLong drafted = new AtomicLong();
    final AtomicLong accepted = new AtomicLong();
    final AtomicLong reusedTokens = new AtomicLong();
    private final AtomicLong keptBytes = new AtomicLong();
    private volatile int running;
    private volatile boolean idle;
    private volatile boolean stepCostsKnown;
    private volatile long lastRound;

    /** @param now in nanoseconds */
    void round(long now, int runningSequences) {
        lastRound = now;
        running = runningSequences;
        idle = false;
    }

    /** Known before the step that they run in is over. */
    void running(int sequences) {
        running = sequences;
    }

    /** Memory of kept prefixes has grown or shrunk. */
    void keptBytesChanged(long by) {
        keptBytes.addAndGet(by);
    }

    /** Bytes of regions that no sequence holds. */
    long keptBytes() {
        return keptBytes.get();
    }

    /** The loop blocks for want of work. */
    void idle() {
        idle = true;
    }

    /** What steps cost need not be measured any more. */
    void stepCostsAreKnown() {
        stepCostsKnown = true;
    }

    boolean stepCostsKnown() {
        return stepCostsKnown;
    }

    int running() {
        return running;
    }

    boolean roundWithin(Duration limit, long now) {
        return idle || now - lastRound <= limit.toNanos();
    }
}
