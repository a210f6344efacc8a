package dev.cadenza.cli;

import dev.cadenza.api.ModelReady;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Gives back what loading a model leaves in the heap, above 100 MB, which would otherwise stay until the heap fills up. */
@Singleton
final class LoadingGarbage {
    private static final int AFTER_THE_BANNER = 10_000;

    void collect(@Observes @Priority(AFTER_THE_BANNER) ModelReady ready) {
        Thread.ofPlatform().daemon().name("loading-garbage").start(System::gc);
    }
}
