package dev.cadenza.chat;

import dev.cadenza.chat.jinja.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model's chat template, rendered as the transformers library does: message keys whose value is null are dropped, and the first non-null of
 * {@code reasoning_content}, {@code thinking} and {@code reasoning} is found under the first two names. Immutable; any thread.
 */
public final class ChatTemplate {
    private static final List<String> REASONING = List.of("reasoning_content", "thinking", "reasoning");

    private final Template template;

    /** @param source Jinja source  @throws TemplateError it does not compile */
    public ChatTemplate(String source) {
        this.template = Template.compile(source);
    }

    /** Names that the template reads if they are given; an extra variable of another name has no effect. */
    public Set<String> variables() {
        return template.variables();
    }

    /** @throws TemplateError the template refuses the messages, fails or exceeds a cap */
    public String render(Conversation conversation) {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("messages", conversation.messages().stream().map(ChatTemplate::normalised).toList());
        variables.put("tools", conversation.tools());
        variables.put("documents", null);
        variables.put("add_generation_prompt", conversation.addGenerationPrompt());
        putPresent(variables, "bos_token", conversation.bosToken());
        putPresent(variables, "eos_token", conversation.eosToken());
        variables.putAll(conversation.kwargs());
        return template.render(variables, conversation.now());
    }

    private static void putPresent(Map<String, Object> variables, String name, String value) {
        if (value != null) {
            variables.put(name, value);
        }
    }

    static Map<String, Object> normalised(Map<String, Object> message) {
        Map<String, Object> normal = new LinkedHashMap<>();
        message.forEach((key, value) -> {
            if (value != null) {
                normal.put(key, value);
            }
        });
        List<Object> reasoning = new ArrayList<>();
        REASONING.stream().filter(normal::containsKey).map(normal::get).forEach(reasoning::add);
        if (!reasoning.isEmpty()) {
            normal.putIfAbsent("reasoning_content", reasoning.getFirst());
            normal.putIfAbsent("thinking", reasoning.getFirst());
        }
        return normal;
    }
}
