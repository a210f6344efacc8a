package dev.cadenza.cli.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/**
 * Measures on a quiet machine only: looks before and after, throws away what was disturbed and repeats it after a pause that doubles. Where the
 * tries end, the disturbed value counts, and the rest of the work is measured without further tries, as a machine that busy stays busy.
 *
 * @param probe       share of the machine lost to others just now, in [0, 1]
 * @param repetitions measurements that count, 1 or more
 * @param retries     measurements of one repetition that may be thrown away, 0 or more
 * @param firstPause  before the first retry
 * @param pause       waits
 */
record QuietRuns(DoubleSupplier probe, int repetitions, int retries, Duration firstPause, Consumer<Duration> pause) {
    /** Above it a machine is not quiet. */
    static final double MOST_LOST = 0.025;
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration QUICK_PAUSE = Duration.ofMillis(10);

    /** Looks with a thread per core. @param quick shorter looks, one retry */
    static QuietRuns onThisMachine(int repetitions, boolean quick) {
        var probe = new SpinProbe(SpinProbe.cores(), quick ? LOOK.dividedBy(5) : LOOK);
        return new QuietRuns(probe, repetitions, quick ? 1 : 5, quick ? QUICK_PAUSE : FIRST_PAUSE, QuietRuns::sleep);
    }

    /** The same with another number of retries. */
    QuietRuns retrying(int times) {
        return new QuietRuns(probe, repetitions, times, firstPause, pause);
    }

    <T> Runs<T> measure(Callable<? extends T> work) throws Exception {
        List<T> values = new ArrayList<>(repetitions);
        int thrownAway = 0;
        boolean quiet = true;
        for (int repetition = 0; repetition < repetitions; repetition++) {
            Duration wait = firstPause;
            int left = quiet ? retries : 0;
            while (values.size() == repetition) {
                boolean before = quietNow();
                T value = before || left == 0 ? work.call() : null;
                boolean after = before && quietNow();
                if (after || left == 0) {
                    values.add(value);
                    quiet &= after;
                } else {
                    thrownAway++;
                    left--;
                    pause.accept(wait);
                    wait = wait.multipliedBy(2);
                }
            }
        }
        return new Runs<>(values, thrownAway, quiet);
    }

    private boolean quietNow() {
        return probe.getAsDouble() <= MOST_LOST;
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
