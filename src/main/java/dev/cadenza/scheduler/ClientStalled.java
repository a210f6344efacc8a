package dev.cadenza.scheduler;

import java.time.Duration;

/** The request's client took nothing for too long. */
public final class ClientStalled extends Exception {
    private static final long serialVersionUID = 1L;

    public ClientStalled(Duration limit) {
        super("the client took nothing for " + limit);
    }
}
