package dev.cadenza.api.chat;

import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.wire.Field;
import dev.cadenza.api.wire.FieldTable;
import dev.cadenza.api.wire.Reader;
import dev.cadenza.api.wire.UnknownFields;
import dev.cadenza.api.wire.WireObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Messages of a request, normalised for the template: string contents, {@code developer} as {@code system}. One per request; one thread. */
final class Messages {
    private static final Field<String> ROLE = Field.of("role", Reader.text(), null);
    private static final Field<String> NAME = Field.of("name", Reader.text(), null);
    private static final Field<String> REASONING = Field.of("reasoning_content", Reader.text(), null);
    private static final FieldTable PLAIN = FieldTable.of(ROLE, TextContent.FIELD, NAME);
    private static final FieldTable ASSISTANT = FieldTable.of(ROLE, TextContent.FIELD, NAME, TextContent.REFUSAL, REASONING,
            Field.noOp("annotations", Reader.array(0, Integer.MAX_VALUE, Reader.object())),
            Field.refusedUnless("tool_calls", node -> node.isArray() && node.isEmpty()), Field.refused("function_call"), Field.refused("audio"));

    private final UnknownFields unknown;
    private final TextContent content;

    Messages(UnknownFields unknown) {
        this.unknown = unknown;
        this.content = new TextContent(unknown);
    }

    /** @throws ApiException 400 naming the path */
    List<Map<String, Object>> read(List<WireObject> messages) {
        var normalised = new ArrayList<Map<String, Object>>(messages.size());
        for (WireObject message : messages) {
            normalised.add(message(message));
        }
        return normalised;
    }

    private Map<String, Object> message(WireObject message) {
        String role = ROLE.requiredIn(message);
        return switch (role) {
            case "system", "developer" -> plain(message, "system");
            case "user" -> plain(message, "user");
            case "assistant" -> assistant(message);
            case "tool", "function" -> throw ApiException.invalid(message.at("role"), "unsupported_value",
                    "Unsupported value: '%s' does not support '%s' on this server.".formatted(message.at("role"), role));
            default -> throw ApiException.invalid(message.at("role"), "invalid_value",
                    "Invalid value: '%s'. Supported values of '%s' are: 'system', 'developer', 'user' and 'assistant'."
                            .formatted(role.substring(0, Math.min(role.length(), 100)), message.at("role")));
        };
    }

    private Map<String, Object> plain(WireObject message, String role) {
        PLAIN.check(message, unknown);
        return normalised(message, role, content.read(message, false));
    }

    private Map<String, Object> assistant(WireObject message) {
        ASSISTANT.check(message, unknown);
        String refusal = TextContent.REFUSAL.in(message);
        String text = TextContent.FIELD.isIn(message) || refusal == null ? content.read(message, true) : "";
        Map<String, Object> normalised = normalised(message, "assistant", refusal == null ? text : text + refusal);
        String reasoning = REASONING.in(message);
        if (reasoning != null) {
            normalised.put("reasoning_content", reasoning);
        }
        return normalised;
    }

    private static Map<String, Object> normalised(WireObject message, String role, String content) {
        var normalised = new LinkedHashMap<String, Object>();
        normalised.put("role", role);
        normalised.put("content", content);
        String name = NAME.in(message);
        if (name != null) {
            normalised.put("name", name);
        }
        return normalised;
    }
}
