package dev.cadenza.observability;

import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.TokenLogprob;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Times what a client feels, the wait for the first text and the pace of the text that follows, and counts why each strategy was chosen and
 * what it did. */
@Singleton
public final class RequestMeters {
    private final Timer firstText;
    private final Timer nextText;
    private final DecodingMeters decoding;

    RequestMeters(MeterRegistry registry, DecodingMeters decoding) {
        this.decoding = decoding;
        firstText = Timer.builder("cadenza.time.to.first.token").description("From submission to the first text of a request")
                .serviceLevelObjectives(millis(10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)).register(registry);
        nextText = Timer.builder("cadenza.time.between.tokens").description("Between two deliveries of text of one answer")
                .serviceLevelObjectives(millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)).register(registry);
    }

    private static Duration[] millis(int... bounds) {
        return Arrays.stream(bounds).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }

    /**
     * A request was taken into the queue. Any thread.
     *
     * @param reason why it is decoded so, as in the answer
     */
    public void accepted(String strategy, String reason) {
        decoding.accepted(strategy, reason);
    }

    /** Starts the clock of a request of so many choices that is about to be submitted; the returned listener times and passes everything on. */
    public GenerationListener timed(GenerationListener listener, int choices) {
        return new TimedListener(listener, choices);
    }

    /** Device thread only, after construction. */
    private final class TimedListener implements GenerationListener {
        private final GenerationListener next;
        private final long submitted = System.nanoTime();
        private final long[] firstTexts;
        private final long[] lastTexts;
        private boolean started;
        private boolean finished;

        private TimedListener(GenerationListener next, int choices) {
            this.next = next;
            this.firstTexts = new long[choices];
            this.lastTexts = new long[choices];
        }

        @Override
        public void admitted() {
            next.admitted();
        }

        @Override
        public void text(int choice, String text, List<TokenLogprob> tokens) {
            next.text(choice, text, tokens);
            long now = System.nanoTime();
            if (!started) {
                started = true;
                firstText.record(now - submitted, TimeUnit.NANOSECONDS);
            }
            if (firstTexts[choice] == 0) {
                firstTexts[choice] = now;
            } else {
                nextText.record(now - lastTexts[choice], TimeUnit.NANOSECONDS);
            }
            lastTexts[choice] = now;
        }

        @Override
        public void finished(int choice, Finish finish) {
            decoding.finished(finish, !finished, firstTexts[choice] == 0 ? 0 : System.nanoTime() - firstTexts[choice]);
            finished = true;
            next.finished(choice, finish);
        }

        @Override
        public void failed(Throwable cause) {
            next.failed(cause);
        }

        @Override
        public boolean ready() {
            return next.ready();
        }
    }
}
