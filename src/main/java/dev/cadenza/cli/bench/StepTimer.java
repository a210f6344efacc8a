package dev.cadenza.cli.bench;

import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.StepFailed;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Times something that steps the engine, often enough for a clock. Device thread only.
 *
 * @param kernelNanos time spent in kernels so far
 * @param time        how long one measurement should last at least
 */
record StepTimer(LongSupplier kernelNanos, Duration time) {
    private static final int FEWEST_WARM_UPS = 2;
    /** Durations of a measurement, in which the kernels that the work calls are compiled. */
    private static final int WARM_UP = 6;
    private static final int MOST_CALLS = 1_000;

    /** Something that steps the engine. */
    interface Work {
        void run() throws StepFailed, KvExhausted;
    }

    /**
     * @param ms      of one call, mean over the calls of a measurement
     * @param outside share of it spent outside of the engine's native calls, in [0, 1]
     */
    record Time(double ms, double outside) {
    }

    /** Warms up and finds how many calls a measurement needs. */
    int calls(Work work) throws StepFailed, KvExhausted {
        long end = System.nanoTime() + WARM_UP * time.toNanos();
        for (int i = 0; i < FEWEST_WARM_UPS || System.nanoTime() < end; i++) {
            work.run();
        }
        return calls(Duration.ofNanos((long) (time(work, 1).ms * 1e6)));
    }

    /** @return 1 .. {@value #MOST_CALLS} */
    int calls(Duration one) {
        return Math.clamp(Math.ceilDiv(time.toNanos(), Math.max(1, one.toNanos())), 1, MOST_CALLS);
    }

    /** Milliseconds of the median call: calls that others disturbed do not count, as in a median gap. */
    double medianMs(Work work, int calls) throws StepFailed, KvExhausted {
        double[] ms = new double[calls];
        for (int i = 0; i < calls; i++) {
            ms[i] = time(work, 1).ms;
        }
        return Summary.of(ms).median();
    }

    Time time(Work work, int calls) throws StepFailed, KvExhausted {
        long insideBefore = kernelNanos.getAsLong();
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            work.run();
        }
        long elapsed = System.nanoTime() - start;
        long inside = kernelNanos.getAsLong() - insideBefore;
        return new Time(elapsed / 1e6 / calls, 1 - (double) inside / elapsed);
    }
}
