package dev.cadenza.observability;

import dev.cadenza.scheduler.Scheduler;
import java.util.Optional;

/** Where the observed server stands. Any thread, never blocks. */
public interface ServingState {

    /** The running scheduler; empty while the model loads and when loading failed. */
    Optional<Scheduler> scheduler();
}
