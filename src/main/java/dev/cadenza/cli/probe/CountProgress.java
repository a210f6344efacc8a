package dev.cadenza.cli.probe;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Shows how many of a known number are done: one rewritten line on a terminal, a plain line now and then elsewhere. One thread. */
final class CountProgress {
    private static final long TERMINAL_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final long PLAIN_INTERVAL_NANOS = Duration.ofSeconds(20).toNanos();
    private static final String ERASE_LINE = "\r\u001b[K";
    private static final int BAR = 30;

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private final String what;
    private final int before;
    private final int total;
    private final long startNanos;
    private long shownNanos;

    /**
     * @param before done already when it begins
     * @param total  all that are to be done, those included
     */
    CountProgress(PrintStream out, boolean terminal, LongSupplier nanoTime, String what, int before, int total) {
        this.out = out;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
        this.what = what;
        this.before = before;
        this.total = total;
        this.startNanos = nanoTime.getAsLong();
        this.shownNanos = startNanos;
    }

    /** On standard error. */
    static CountProgress standard(String what, int before, int total) {
        var console = System.console();
        return new CountProgress(System.err, console != null && console.isTerminal(), System::nanoTime, what, before, total);
    }

    /** @param done so far, those that were done before included */
    void reached(int done) {
        long now = nanoTime.getAsLong();
        if (done == total || now - shownNanos >= (terminal ? TERMINAL_INTERVAL_NANOS : PLAIN_INTERVAL_NANOS)) {
            shownNanos = now;
            show(done, now);
        }
    }

    private void show(int done, long now) {
        var line = new StringBuilder(what).append(": ");
        if (terminal) {
            int filled = (int) ((long) BAR * done / total);
            line.append('[').append("#".repeat(filled)).append(" ".repeat(BAR - filled)).append("] ");
        }
        line.append(done).append(" of ").append(total);
        if (done > before && done < total) {
            long left = Math.round((now - startNanos) / 1e9 / (done - before) * (total - done));
            line.append(", %d:%02d left".formatted(left / 60, left % 60));
        }
        if (terminal) {
            out.print(ERASE_LINE + line + (done == total ? System.lineSeparator() : ""));
            out.flush();
        } else {
            out.println(line);
        }
    }
}
