package dev.cadenza.chat;

import dev.cadenza.tokenizer.Tokenizer;
import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Turns messages into prompt ids: normalise, render, encode. User text never becomes a special token. Immutable; any thread. */
public final class ChatPrompt {
    private final String source;
    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final List<String> specials;
    private final Pattern split;

    /** @param template Jinja source; @throws TemplateError it does not compile */
    public ChatPrompt(String template, Tokenizer tokenizer) {
        this.source = template;
        this.template = new ChatTemplate(template);
        this.tokenizer = tokenizer;
        this.specials = tokenizer.specialTexts().stream().filter(special -> special.codePointCount(0, special.length()) > 1)
                .sorted(Comparator.comparingInt(String::length).reversed()).toList();
        this.split = specials.isEmpty() ? null : Pattern.compile(specials.stream().map(Pattern::quote).collect(Collectors.joining("|")));
    }

    /** Names that the template reads if they are given; an extra variable of another name has no effect. */
    public Set<String> variables() {
        return template.variables();
    }

    /** Whether the template speaks of thinking and has no variable {@code enable_thinking} to turn it off. */
    public boolean alwaysThinks() {
        return source.contains("<think>") && !variables().contains("enable_thinking");
    }

    /**
     * @param messages OpenAI messages as parsed JSON with string contents (maps keep their key order)
     * @param kwargs   extra template variables, which win over the others; {@code tools} is one of them
     * @return the text that the prompt's ids stand for
     * @throws TemplateError the template refuses the messages, fails or exceeds a cap
     */
    public String render(List<Map<String, Object>> messages, Map<String, Object> kwargs, boolean addGenerationPrompt, LocalDateTime now) {
        return template.render(new Conversation(messages, null, kwargs, addGenerationPrompt, tokenizer.bosText(), tokenizer.eosText(), now));
    }

    /**
     * A special token's text is special where the template writes it, and plain text wherever it comes from a message or an extra variable.
     * Special texts of a single character are plain everywhere.
     *
     * @param messages OpenAI messages as parsed JSON with string contents (maps keep their key order)
     * @param kwargs   extra template variables, which win over the others; {@code tools} is one of them
     * @throws TemplateError the template refuses the messages, fails or exceeds a cap
     */
    public int[] encode(List<Map<String, Object>> messages, Map<String, Object> kwargs, boolean addGenerationPrompt, LocalDateTime now) {
        SpecialGuard guard = SpecialGuard.absentFrom(specials, source, messages, kwargs);
        Map<String, Object> guardedKwargs = new LinkedHashMap<>();
        kwargs.forEach((name, value) -> guardedKwargs.put(name, guard.guarded(value)));
        String text = render(messages.stream().map(message -> guarded(message, guard)).toList(), guardedKwargs, addGenerationPrompt, now);
        return ids(text, guard);
    }

    private static Map<String, Object> guarded(Map<String, Object> message, SpecialGuard guard) {
        Map<String, Object> guarded = new LinkedHashMap<>();
        message.forEach((key, value) -> guarded.put(guard.guarded(key), guard.guarded(value)));
        return guarded;
    }

    private int[] ids(String text, SpecialGuard guard) {
        IntStream.Builder ids = IntStream.builder();
        int from = 0;
        if (split != null) {
            Matcher special = split.matcher(text);
            while (special.find()) {
                encode(guard.stripped(text.substring(from, special.start())), ids);
                ids.add(tokenizer.special(special.group()).orElseThrow());
                from = special.end();
            }
        }
        encode(guard.stripped(text.substring(from)), ids);
        return ids.build().toArray();
    }

    private void encode(String piece, IntStream.Builder ids) {
        if (!piece.isEmpty()) {
            for (int id : tokenizer.encode(piece)) {
                ids.add(id);
            }
        }
    }
}
