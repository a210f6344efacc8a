package dev.cadenza.scheduler;

/** The request needs more KV memory than the whole budget. */
public final class NeverFits extends Exception {
    private static final long serialVersionUID = 1L;

    public NeverFits(String message) {
        super(message);
    }
}
