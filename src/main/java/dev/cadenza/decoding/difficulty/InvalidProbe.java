package dev.cadenza.decoding.difficulty;

/** A probe that cannot be used, or not here. The message names the key, what was expected and what was found. */
public final class InvalidProbe extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public InvalidProbe(String message) {
        super(message);
    }

    InvalidProbe(String message, Throwable cause) {
        super(message, cause);
    }

    static InvalidProbe key(String key, Object expected, Object got) {
        return new InvalidProbe("`%s` must be %s, got %s".formatted(key, expected, got));
    }
}
