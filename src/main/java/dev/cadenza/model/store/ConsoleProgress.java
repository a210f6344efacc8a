package dev.cadenza.model.store;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Shows progress as one rewritten line on a terminal, as a plain line every few seconds elsewhere. One thread at a time. */
public final class ConsoleProgress implements Progress {
    private static final long TERMINAL_INTERVAL_NANOS = Duration.ofMillis(100).toNanos();
    private static final long PLAIN_INTERVAL_NANOS = Duration.ofSeconds(3).toNanos();
    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private String what = "";
    private long startBytes;
    private long total;
    private long startNanos;
    private long shownNanos;
    private long done;
    private long shownBytes;

    /** @param nanoTime a monotonic clock */
    ConsoleProgress(PrintStream out, boolean terminal, LongSupplier nanoTime) {
        this.out = out;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    /** On standard error. */
    public static ConsoleProgress standard() {
        var console = System.console();
        return new ConsoleProgress(System.err, console != null && console.isTerminal(), System::nanoTime);
    }

    @Override
    public void started(String what, long done, long total) {
        this.what = what;
        this.total = total;
        this.done = done;
        startBytes = done;
        startNanos = nanoTime.getAsLong();
        shownNanos = startNanos;
        shownBytes = -1;
        if (!terminal) {
            out.println(total < 0 ? what : what + ": " + megabytes(total));
        }
    }

    @Override
    public void reached(long done) {
        this.done = done;
        long now = nanoTime.getAsLong();
        if (now - shownNanos >= (terminal ? TERMINAL_INTERVAL_NANOS : PLAIN_INTERVAL_NANOS)) {
            shownNanos = now;
            show(now);
        }
    }

    @Override
    public void finished() {
        if (terminal) {
            show(nanoTime.getAsLong());
            out.println();
        } else if (done != shownBytes) {
            show(nanoTime.getAsLong());
        }
    }

    @Override
    public void note(String line) {
        out.println(terminal ? ERASE_LINE + line : line);
    }

    private void show(long now) {
        shownBytes = done;
        double seconds = Math.max(1, now - startNanos) / 1e9;
        double rate = (done - startBytes) / seconds;
        var line = new StringBuilder(what).append(": ").append(megabytes(done));
        if (total > 0) {
            line.append(" of ").append(megabytes(total)).append(", ").append(done * 100 / total).append(" %");
        }
        line.append(", ").append(megabytes((long) rate)).append("/s");
        if (total > done && rate >= 1) {
            long left = (long) Math.ceil((total - done) / rate);
            line.append(", %d:%02d left".formatted(left / 60, left % 60));
        }
        if (terminal) {
            out.print(ERASE_LINE + line);
            out.flush();
        } else {
            out.println(line);
        }
    }

    /** Decimal megabytes. */
    public static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
