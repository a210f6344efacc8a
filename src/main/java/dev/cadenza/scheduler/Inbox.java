package dev.cadenza.scheduler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What other threads tell the device thread. Any thread puts; the device thread takes. Holds at most {@code capacity} waiting sequences besides
 * those for which a place is free (more only when one request alone wants more), one cancellation per request, and the shutdowns.
 */
final class Inbox {

    sealed interface Command {
        record Submit(ActiveRequest request) implements Command {
        }

        record Cancel(ActiveRequest request) implements Command {
        }

        /** @param deadline in {@code System.nanoTime()} */
        record Stop(long deadline) implements Command {
        }
    }

    private final LinkedBlockingQueue<Command> commands = new LinkedBlockingQueue<>();
    private final int capacity;
    private int waiting;
    private int places;
    private boolean closed;

    /** @param capacity sequences that may wait  @param places sequences that may run */
    Inbox(int capacity, int places) {
        this.capacity = capacity;
        this.places = places;
    }

    synchronized void requireRoom(int choices) throws QueueFull, ShuttingDown {
        if (closed) {
            throw new ShuttingDown("the server is shutting down");
        }
        // Those for which a place is free wait only until the next round, so that a burst may fill line and batch at once.
        int most = capacity + places;
        if (waiting > 0 && waiting + choices > most) {
            throw new QueueFull("%d sequences wait, at most %d may".formatted(waiting, most));
        }
    }

    synchronized void submit(ActiveRequest request) throws QueueFull, ShuttingDown {
        int choices = request.request().choices();
        requireRoom(choices);
        waiting += choices;
        commands.add(new Command.Submit(request));
    }

    void cancel(ActiveRequest request) {
        commands.add(new Command.Cancel(request));
    }

    /** Takes no more submissions and asks the loop to end by then. */
    synchronized void stop(long deadline) {
        closed = true;
        commands.add(new Command.Stop(deadline));
    }

    /** Takes no more submissions; commands not yet taken go to the caller. */
    synchronized List<Command> close() {
        closed = true;
        List<Command> rest = new ArrayList<>();
        commands.drainTo(rest);
        return rest;
    }

    /** Sequences in line, those of submissions not yet taken included. */
    synchronized int waiting() {
        return waiting;
    }

    /** The line has grown (a preempted sequence) or shrunk. */
    synchronized void waitingChanged(int by) {
        waiting += by;
    }

    /**
     * The line has changed together with the batch: whoever leaves one for the other is never counted in both or neither.
     *
     * @param by     sequences more in line, mostly negative
     * @param places that are free in the batch now
     */
    synchronized void changed(int by, int places) {
        waiting += by;
        this.places = places;
    }

    /** @return {@code null} when there is none */
    Command poll() {
        return commands.poll();
    }

    /** @return {@code null} when none came in time */
    Command poll(Duration limit) throws InterruptedException {
        return commands.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    Command take() throws InterruptedException {
        return commands.take();
    }
}
