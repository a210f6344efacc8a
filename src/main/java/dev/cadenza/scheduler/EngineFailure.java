package dev.cadenza.scheduler;

/** The engine could not compute this request; requests beside it are not touched. */
public final class EngineFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public EngineFailure(String message, Throwable cause) {
        super(message, cause);
    }

    public EngineFailure(String message) {
        super(message);
    }
}
