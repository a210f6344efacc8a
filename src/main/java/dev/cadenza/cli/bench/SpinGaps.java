package dev.cadenza.cli.bench;

/** Time that a spinning thread was off its core, told from the clock's jumps. One thread. */
final class SpinGaps {
    /** A thread that has its core reads the clock every few dozen nanoseconds; interrupts take microseconds. */
    static final long SHORTEST_NANOS = 500_000;

    private final long start;
    private long last;
    private long lost;

    SpinGaps(long start) {
        this.start = start;
        this.last = start;
    }

    /** @param now of the clock, never before the last one */
    void tick(long now) {
        if (now - last > SHORTEST_NANOS) {
            lost += now - last;
        }
        last = now;
    }

    long elapsed() {
        return last - start;
    }

    long lost() {
        return lost;
    }
}
