package dev.cadenza.scheduler;

import java.time.Duration;

/** The running batch of one model. Thread-safe. */
public interface Scheduler extends AutoCloseable {

    /**
     * Queues a request. The listener's calls start after this returns or while it runs.
     *
     * @throws QueueFull    the waiting queue is full; try again later
     * @throws NeverFits    the request needs more KV memory than the whole budget
     * @throws ShuttingDown no new requests are taken
     */
    Ticket submit(GenerationRequest request, GenerationListener listener) throws QueueFull, NeverFits, ShuttingDown;

    /**
     * Looks before a prompt is made, which takes a thousand times longer than to refuse it.
     *
     * @param choices of the request
     * @throws QueueFull    as {@link #submit}, which looks again
     * @throws ShuttingDown likewise
     */
    void requireRoom(int choices) throws QueueFull, ShuttingDown;

    /** Counters and gauges as of now. Any thread, never blocks. */
    SchedulerStatistics statistics();

    /** Whether the device thread has gone round its loop (or was idle) within the given time. */
    boolean alive(Duration within);

    /** Takes no new requests, lets running and waiting ones finish within the limit, cancels the rest, ends the device thread. */
    void shutdown(Duration drain);

    /** {@code shutdown(Duration.ZERO)}. */
    @Override
    default void close() {
        shutdown(Duration.ZERO);
    }

    /** A submitted request. */
    interface Ticket {
        /** Ends the request within one step and frees its KV memory; the listener hears nothing more. Idempotent, any thread. */
        void cancel();
    }
}
