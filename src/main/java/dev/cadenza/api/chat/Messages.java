package dev.cadenza.api.chat;

import com.fasterxml.jackson.databind.JsonNode;
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
    private static final Field<JsonNode> CONTENT = Field.of("content", (_, node) -> node, null);
    private static final Field<String> NAME = Field.of("name", Reader.text(), null);
    private static final Field<String> REFUSAL = Field.of("refusal", Reader.text(), null);
    private static final Field<String> REASONING = Field.of("reasoning_content", Reader.text(), null);
    private static final FieldTable PLAIN = FieldTable.of(ROLE, CONTENT, NAME);
    private static final FieldTable ASSISTANT = FieldTable.of(ROLE, CONTENT, NAME, REFUSAL, REASONING,
            Field.noOp("annotations", Reader.array(0, Integer.MAX_VALUE, Reader.object())),
            Field.refusedUnless("tool_calls", node -> node.isArray() && node.isEmpty()), Field.refused("function_call"), Field.refused("audio"));

    private static final Field<String> PART_TYPE = Field.of("type", Reader.text(), null);
    private static final Field<String> PART_TEXT = Field.of("text", Reader.text(), null);
    private static final FieldTable TEXT_PART = FieldTable.of(PART_TYPE, PART_TEXT);
    private static final FieldTable REFUSAL_PART = FieldTable.of(PART_TYPE, REFUSAL);

    private final UnknownFields unknown;

    Messages(UnknownFields unknown) {
        this.unknown = unknown;
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
        return normalised(message, role, content(message.at("content"), CONTENT.requiredIn(message), false));
    }

    private Map<String, Object> assistant(WireObject message) {
        ASSISTANT.check(message, unknown);
        String refusal = REFUSAL.in(message);
        String content = CONTENT.isIn(message) || refusal == null ? content(message.at("content"), CONTENT.requiredIn(message), true) : "";
        Map<String, Object> normalised = normalised(message, "assistant", refusal == null ? content : content + refusal);
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

    private String content(String path, JsonNode node, boolean assistant) {
        if (node.isTextual()) {
            return Reader.text().read(path, node);
        }
        if (!node.isArray()) {
            throw Reader.wrongType(path, "a string or an array of text parts", node);
        }
        var text = new StringBuilder();
        for (WireObject part : Reader.array(1, Integer.MAX_VALUE, Reader.object()).read(path, node)) {
            text.append(part(part, assistant));
        }
        return text.toString();
    }

    private String part(WireObject part, boolean assistant) {
        String type = PART_TYPE.requiredIn(part);
        if (type.equals("text")) {
            TEXT_PART.check(part, unknown);
            return PART_TEXT.requiredIn(part);
        }
        if (type.equals("refusal") && assistant) {
            REFUSAL_PART.check(part, unknown);
            return REFUSAL.requiredIn(part);
        }
        throw Reader.unsupportedValue(part.at("type"), assistant ? "text, refusal" : "text", part.node().get("type"));
    }
}
