package dev.cadenza.scheduler;

/** The server takes no new requests. */
public final class ShuttingDown extends Exception {
    private static final long serialVersionUID = 1L;

    public ShuttingDown(String message) {
        super(message);
    }
}
