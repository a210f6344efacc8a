package dev.cadenza.cli.bench;

import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.ModelStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The engine to measure.
 *
 * @param model    catalogue id, source or path; empty: the default model
 * @param settings precision, threads, KV budget
 */
record EngineSource(Optional<String> model, EngineSettings settings) {

    /**
     * Loads it on the caller's thread, which alone may step it.
     *
     * @throws dev.cadenza.model.store.ModelUnavailable the model cannot be had
     */
    TorchEngine load() throws IOException {
        ModelStore store = ModelStore.standard();
        Path file = store.resolve(model.orElseGet(() -> store.catalogue().defaultModel()), ConsoleProgress.standard());
        try (Checkpoint checkpoint = GgufCheckpoint.open(file)) {
            return TorchEngine.load(checkpoint, settings);
        }
    }
}
