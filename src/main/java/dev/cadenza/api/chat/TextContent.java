package dev.cadenza.api.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.api.wire.Field;
import dev.cadenza.api.wire.FieldTable;
import dev.cadenza.api.wire.Reader;
import dev.cadenza.api.wire.UnknownFields;
import dev.cadenza.api.wire.WireObject;

/** Text as OpenAI's fields carry it: a string, or an array of parts that are put together. One per request; one thread. */
final class TextContent {
    /** The field itself, read by {@link #read}. */
    static final Field<JsonNode> FIELD = Field.of("content", (_, node) -> node, null);
    static final Field<String> REFUSAL = Field.of("refusal", Reader.text(), null);
    private static final Field<String> PART_TYPE = Field.of("type", Reader.text(), null);
    private static final Field<String> PART_TEXT = Field.of("text", Reader.text(), null);
    private static final FieldTable TEXT_PART = FieldTable.of(PART_TYPE, PART_TEXT);
    private static final FieldTable REFUSAL_PART = FieldTable.of(PART_TYPE, REFUSAL);

    private final UnknownFields unknown;

    TextContent(UnknownFields unknown) {
        this.unknown = unknown;
    }

    /**
     * The text in {@code content}, which must be there.
     *
     * @param refusals whether parts of type {@code refusal} are text too
     * @throws ApiException 400 naming the path
     */
    String read(WireObject object, boolean refusals) {
        String path = object.at(FIELD.name());
        JsonNode node = FIELD.requiredIn(object);
        if (node.isTextual()) {
            return Reader.text().read(path, node);
        }
        if (!node.isArray()) {
            throw Reader.wrongType(path, "a string or an array of text parts", node);
        }
        var text = new StringBuilder();
        for (WireObject part : Reader.array(1, Integer.MAX_VALUE, Reader.object()).read(path, node)) {
            text.append(part(part, refusals));
        }
        return text.toString();
    }

    private String part(WireObject part, boolean refusals) {
        String type = PART_TYPE.requiredIn(part);
        if (type.equals("text")) {
            TEXT_PART.check(part, unknown);
            return PART_TEXT.requiredIn(part);
        }
        if (type.equals("refusal") && refusals) {
            REFUSAL_PART.check(part, unknown);
            return REFUSAL.requiredIn(part);
        }
        throw Reader.unsupportedValue(part.at("type"), refusals ? "text, refusal" : "text", part.node().get("type"));
    }
}
