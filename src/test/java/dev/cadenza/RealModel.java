package dev.cadenza;

import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.ModelStore;
import java.nio.file.Path;

/** The default model's file, for tests that need the real one. */
public final class RealModel {
    private RealModel() {
    }

    /**
     * Fetches it the first time into the ordinary cache.
     *
     * @throws dev.cadenza.model.store.ModelUnavailable it cannot be had; a test that needs it fails
     */
    public static Path path() {
        var store = ModelStore.standard();
        return store.resolve(store.catalogue().defaultModel(), ConsoleProgress.standard());
    }
}
