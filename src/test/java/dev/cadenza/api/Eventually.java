package dev.cadenza.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread is about to do. */
public final class Eventually {
    private Eventually() {
    }

    public static void within(int limitMs, String what, BooleanSupplier condition) {
        long end = System.nanoTime() + limitMs * 1_000_000L;
        boolean seen = condition.getAsBoolean();
        while (!seen && System.nanoTime() < end) {
            LockSupport.parkNanos(2_000_000);
            seen = condition.getAsBoolean();
        }
        // The thread may have been held up since it last looked.
        assertThat(seen || condition.getAsBoolean()).as(what + " within " + limitMs + " ms").isTrue();
    }
}
