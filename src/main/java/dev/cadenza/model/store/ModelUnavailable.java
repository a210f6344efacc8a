package dev.cadenza.model.store;

/** A model's file cannot be provided; the message lists every source that was tried and why it failed. */
public final class ModelUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelUnavailable(String message) {
        super(message);
    }

    public ModelUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
