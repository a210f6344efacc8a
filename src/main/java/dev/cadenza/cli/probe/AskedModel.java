package dev.cadenza.cli.probe;

import dev.cadenza.chat.ChatPrompt;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.difficulty.Routing;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.model.store.ConsoleProgress;
import dev.cadenza.model.store.ModelStore;
import dev.cadenza.scheduler.ContinuousBatchingScheduler;
import dev.cadenza.scheduler.EngineFailure;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.scheduler.SchedulerSettings;
import dev.cadenza.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The model in this process, as a server has it. Thread-safe; closing it ends its device thread.
 *
 * @param id            catalogue id, or the file's name without its ending
 * @param promptsSha256 of its chat template and the routing's texts
 * @param traits        with a routing that has no probe
 * @param prompt        a user's message to prompt ids
 */
record AskedModel(String id, String sha256, String promptsSha256, ModelTraits traits, Tokenizer tokenizer, Scheduler scheduler,
        Function<String, int[]> prompt) implements AutoCloseable {
    /** For templates that tell the date: the same prompts every day. */
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 1, 12, 0);
    private static final String ENDING = ".gguf";

    /**
     * @param model empty: the default model
     * @throws dev.cadenza.model.store.ModelUnavailable the model cannot be had
     * @throws IOException it cannot be loaded, or is no chat model
     */
    static AskedModel load(Optional<String> model, EngineSettings settings, Routing routing) throws IOException, InterruptedException {
        ModelStore store = ModelStore.standard();
        String wanted = model.orElseGet(() -> store.catalogue().defaultModel());
        Path file = store.resolve(wanted, ConsoleProgress.standard());
        try (Checkpoint checkpoint = GgufCheckpoint.open(file)) {
            String template = checkpoint.chatTemplate().orElseThrow(() -> new IOException("the model has no chat template"));
            Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer());
            var chat = new ChatPrompt(template, tokenizer);
            var scheduler = new ContinuousBatchingScheduler(() -> TorchEngine.load(checkpoint, settings), tokenizer, SchedulerSettings.DEFAULTS);
            var traits = new ModelTraits(scheduler.shape(), false, tokenizer::single, routing);
            return new AskedModel(name(store, wanted, file), checkpoint.sha256(), routing.promptsSha256(template), traits, tokenizer, scheduler,
                    message -> chat.encode(List.of(Map.of("role", "user", "content", message)), Map.of(), true, NOW));
        } catch (EngineFailure e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static String name(ModelStore store, String wanted, Path file) {
        if (store.catalogue().find(wanted).isPresent()) {
            return wanted;
        }
        String last = file.getFileName().toString();
        return last.endsWith(ENDING) ? last.substring(0, last.length() - ENDING.length()) : last;
    }

    @Override
    public void close() {
        scheduler.close();
        tokenizer.close();
    }
}
