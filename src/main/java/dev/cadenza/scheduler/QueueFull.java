package dev.cadenza.scheduler;

/** The waiting queue is full. */
public final class QueueFull extends Exception {
    private static final long serialVersionUID = 1L;

    public QueueFull(String message) {
        super(message);
    }
}
