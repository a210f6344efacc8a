package dev.cadenza.engine;

import java.util.Set;

/** A step failed as a whole; no region has changed. */
public final class StepFailed extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Set<Integer> guilty;

    /** @param guilty indices of the segments known to be the cause; empty when unknown */
    public StepFailed(String message, Throwable cause, Set<Integer> guilty) {
        super(message, cause);
        this.guilty = Set.copyOf(guilty);
    }

    public Set<Integer> guilty() {
        return guilty;
    }
}
