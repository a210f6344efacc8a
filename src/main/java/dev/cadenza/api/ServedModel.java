package dev.cadenza.api;

import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.tokenizer.Tokenizer;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/**
 * A loaded model with all that a request needs on its way to the batch. Thread-safe.
 *
 * @param id          the name that clients use
 * @param created     unix seconds of the checkpoint
 * @param context     positions that prompt and answer may have together
 * @param precision   as in {@code cadenza.engine.precision}
 * @param alwaysThinks whether the chat template makes the model think and cannot be told not to
 * @param fingerprint {@code fp_...}: hash of weights (the draft model's too), precision and engine build
 */
public record ServedModel(String id, long created, int context, String precision, boolean alwaysThinks, String fingerprint, Tokenizer tokenizer, Prompts prompts,
        StrategySelector strategies, Scheduler scheduler) {

    /** Messages to prompt ids, {@link dev.cadenza.chat.ChatPrompt#encode}. */
    @FunctionalInterface
    public interface Prompts {
        /** @throws dev.cadenza.chat.TemplateError the template refuses the messages */
        int[] encode(List<Map<String, Object>> messages, Map<String, Object> kwargs, boolean addGenerationPrompt, LocalDateTime now);
    }
}
