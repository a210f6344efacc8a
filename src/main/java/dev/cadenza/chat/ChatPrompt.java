package dev.cadenza.chat;

import dev.cadenza.tokenizer.Tokenizer;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/** Turns messages into prompt ids: normalise, render, encode. User text never becomes a special token. Immutable; any thread. */
public final class ChatPrompt {

    /** @param template Jinja source; @throws TemplateError it does not compile */
    public ChatPrompt(String template, Tokenizer tokenizer) {
    }

    /**
     * @param messages OpenAI messages as parsed JSON with string contents (maps keep their key order)
     * @param kwargs   extra template variables
     * @throws TemplateError the template refuses the messages, fails or exceeds a cap
     */
    public int[] encode(List<Map<String, Object>> messages, Map<String, Object> kwargs, boolean addGenerationPrompt, LocalDateTime now) {
        throw new TemplateError("not written yet");
    }
}
