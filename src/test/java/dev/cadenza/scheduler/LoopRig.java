package dev.cadenza.scheduler;

import dev.cadenza.engine.Engine;
import dev.cadenza.tokenizer.Tokenizer;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A model loop that the test turns by hand, on a clock that it moves by hand. */
final class LoopRig {
    static final SchedulerSettings SETTINGS = new SchedulerSettings(8, 1000, 8, 16, 256, Duration.ofSeconds(60), Duration.ZERO, false, true);

    /** Failing steps are logged with their stack; here they fail by the thousand. Held, lest the setting be collected with the logger. */
    private static final Logger STEPPER = Logger.getLogger(Stepper.class.getName());

    static {
        STEPPER.setLevel(Level.OFF);
    }

    final Counters counters = new Counters();
    final Inbox inbox;
    final ModelLoop loop;
    long now;
    private final List<RecordingListener> listeners = new ArrayList<>();
    private boolean commands;

    LoopRig(Engine engine, SchedulerSettings settings) {
        this(engine, null, settings);
    }

    /** @param draft {@code null}: there is no draft model */
    LoopRig(Engine engine, Engine draft, SchedulerSettings settings) {
        this(engine, draft, new ToyTokenizer(), settings);
    }

    LoopRig(Engine engine, Engine draft, Tokenizer tokenizer, SchedulerSettings settings) {
        inbox = new Inbox(settings.queueCapacity(), settings.maxRunning());
        loop = new ModelLoop(new Engines(engine, draft), tokenizer, settings, inbox, counters, () -> now);
    }

    ActiveRequest submit(Requests request, RecordingListener listener) {
        return submit(request.build(), listener);
    }

    ActiveRequest submit(GenerationRequest request, RecordingListener listener) {
        try {
            ActiveRequest active = new ActiveRequest(request, listener, inbox);
            inbox.submit(active);
            listeners.add(listener);
            commands = true;
            return active;
        } catch (QueueFull | ShuttingDown e) {
            throw new AssertionError(e);
        }
    }

    RecordingListener submit(Requests request) {
        RecordingListener listener = new RecordingListener(request.choices());
        submit(request, listener);
        return listener;
    }

    void cancel(ActiveRequest request, RecordingListener listener) {
        request.cancel();
        listener.cancelled = true;
        commands = true;
    }

    /** Whether a round has anything to do; one without would block. */
    boolean busy() {
        return commands || listeners.stream().anyMatch(listener -> !listener.over());
    }

    void round() {
        try {
            if (!busy()) {
                throw new AssertionError("nothing to do");
            }
            commands = false;
            loop.round();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Until nothing is left to do. */
    void finish() {
        for (int rounds = 0; busy(); rounds++) {
            if (rounds > 20_000) {
                throw new AssertionError("no end after 20,000 rounds");
            }
            round();
        }
    }
}
