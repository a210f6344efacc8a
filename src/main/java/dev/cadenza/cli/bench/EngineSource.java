package dev.cadenza.cli.bench;

import dev.cadenza.chat.ChatPrompt;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.ModelStore;
import dev.cadenza.scheduler.ContinuousBatchingScheduler;
import dev.cadenza.scheduler.EngineFailure;
import dev.cadenza.scheduler.SchedulerSettings;
import dev.cadenza.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The engine to measure.
 *
 * @param model    catalogue id, source or path; empty: the default model
 * @param settings precision, threads, KV budget
 */
record EngineSource(Optional<String> model, EngineSettings settings) {
    /** For templates that tell the date: the same prompts every day. */
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 1, 12, 0);

    /**
     * Loads it on the caller's thread, which alone may step it.
     *
     * @throws dev.cadenza.model.store.ModelUnavailable the model cannot be had
     */
    TorchEngine load() throws IOException {
        try (Checkpoint checkpoint = open()) {
            return TorchEngine.load(checkpoint, settings);
        }
    }

    /**
     * Loads it behind a scheduler, on whose thread it runs.
     *
     * @param loaded told of the engine on that thread; must not step it
     * @throws dev.cadenza.model.store.ModelUnavailable the model cannot be had
     * @throws IOException it cannot be loaded, or is no chat model
     */
    BenchModel serve(SchedulerSettings scheduling, Consumer<TorchEngine> loaded) throws IOException, InterruptedException {
        try (Checkpoint checkpoint = open()) {
            String template = checkpoint.chatTemplate().orElseThrow(() -> new IOException("the model has no chat template"));
            Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer());
            var chat = new ChatPrompt(template, tokenizer);
            var scheduler = new ContinuousBatchingScheduler(() -> {
                TorchEngine engine = TorchEngine.load(checkpoint, settings);
                loaded.accept(engine);
                return engine;
            }, tokenizer, scheduling);
            var selector = new StrategySelector("standard", new ModelTraits(scheduler.shape(), false, tokenizer::single));
            return new BenchModel(scheduler, scheduler.shape(), scheduler::stepCostsKnown, tokenizer,
                    message -> chat.encode(List.of(Map.of("role", "user", "content", message)), Map.of(), true, NOW), selector::select);
        } catch (EngineFailure e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private Checkpoint open() throws IOException {
        ModelStore store = ModelStore.standard();
        Path file = store.resolve(model.orElseGet(() -> store.catalogue().defaultModel()), ConsoleProgress.standard());
        return GgufCheckpoint.open(file);
    }
}
