package dev.cadenza.api;

import dev.cadenza.chat.TemplateError;
import dev.cadenza.decoding.Decodings;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;

/** A model without an engine: one token per byte, answers scripted by the last message. */
@Singleton
@Alternative
@Priority(1)
public final class ScriptedModel implements ModelLoader {
    public static final String ID = "scripted";
    public static final int CONTEXT = 4096;
    /** {@code auto}, for requests that name it: drafts, but for a crowd. */
    private static final Map<String, String> DECODING = Map.of("cadenza.decoding.default-strategy", "standard",
            "cadenza.decoding.auto[0].name", "crowd", "cadenza.decoding.auto[0].strategy", "standard",
            "cadenza.decoding.auto[0].running-at-least", "3", "cadenza.decoding.auto[0].load-margin", "0.5",
            "cadenza.decoding.auto[1].name", "history", "cadenza.decoding.auto[1].strategy", "speculative",
            "cadenza.decoding.auto[1].parameters.draft", "suffix");

    private final ScriptedScheduler scheduler;
    private volatile List<Map<String, Object>> lastMessages = List.of();

    public ScriptedModel(ScriptedScheduler scheduler) {
        this.scheduler = scheduler;
    }

    @Override
    public ServedModel load() {
        return new ServedModel(ID, 1_700_000_000, CONTEXT, "float32", false, "fp_scripted", new ByteTokenizer(), (messages, _, _, _) -> encode(messages),
                ConfiguredStrategies.selector(Configs.config(DECODING).decoding(), Decodings.MODEL, scheduler::statistics), scheduler);
    }

    /** Messages of the latest request as the template saw them. */
    public List<Map<String, Object>> lastMessages() {
        return lastMessages;
    }

    private int[] encode(List<Map<String, Object>> messages) {
        lastMessages = messages;
        String script = (String) messages.getLast().get("content");
        if (script.equals("template-error")) {
            throw new TemplateError("roles must alternate");
        }
        int[] text = new ByteTokenizer().encode(script);
        int[] prompt = new int[text.length + 1];
        prompt[0] = ByteTokenizer.START;
        System.arraycopy(text, 0, prompt, 1, text.length);
        return prompt;
    }
}
