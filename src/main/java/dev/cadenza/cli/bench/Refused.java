package dev.cadenza.cli.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The server has no room now: 429 or 503. */
final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> retryAfter;

    /** @param retryAfter what the header says; empty: nothing, or no number of seconds */
    Refused(String message, Optional<Duration> retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
