package dev.cadenza.model;

/** A checkpoint file is damaged, hostile or of a kind that is not supported; the message names file, offset, expected and found. */
public final class CorruptCheckpoint extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CorruptCheckpoint(String message) {
        super(message);
    }

    public CorruptCheckpoint(String message, Throwable cause) {
        super(message, cause);
    }
}
