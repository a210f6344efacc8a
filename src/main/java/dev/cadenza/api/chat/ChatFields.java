package dev.cadenza.api.chat;

import dev.cadenza.api.wire.Field;
import dev.cadenza.api.wire.FieldTable;
import dev.cadenza.api.wire.Reader;
import dev.cadenza.api.wire.UnknownFields;
import dev.cadenza.api.wire.WireObject;
import java.util.List;
import java.util.Map;

/** The table of a chat request's fields, {@code SamplingFields} and {@code RefusedFields} apart: one line per field. */
final class ChatFields {
    static final Field<String> MODEL = Field.of("model", Reader.text(), null);
    static final Field<List<WireObject>> MESSAGES = Field.of("messages", Reader.array(1, Integer.MAX_VALUE, Reader.object()), null);
    static final Field<Long> MAX_COMPLETION_TOKENS = Field.of("max_completion_tokens", Reader.integer(1, Long.MAX_VALUE), null);
    static final Field<Long> MAX_TOKENS = Field.of("max_tokens", Reader.integer(1, Long.MAX_VALUE), null);
    static final Field<Boolean> STREAM = Field.of("stream", Reader.bool(), false);
    static final Field<WireObject> STREAM_OPTIONS = Field.of("stream_options", Reader.object(), null);
    static final Field<Map<String, Object>> DECODING = Field.of("decoding", Reader.plainObject(), null);
    static final Field<WireObject> PREDICTION = Field.of("prediction", Reader.object(), null);
    static final Field<Map<String, String>> METADATA = Field.of("metadata", Reader.map(16, 64, Reader.text(512)), null);
    static final Field<String> USER = Field.of("user", Reader.text(), "");
    static final Field<String> SERVICE_TIER = Field.of("service_tier", Reader.oneOf("auto", "default"), null);

    static final Field<ReasoningEffort> REASONING_EFFORT = Field.of("reasoning_effort", ReasoningEffort.READER, ReasoningEffort.UNSAID);

    private static final List<Field<?>> CORE = List.of(MODEL, MESSAGES, MAX_COMPLETION_TOKENS, MAX_TOKENS, STREAM, STREAM_OPTIONS, DECODING,
            PREDICTION, REASONING_EFFORT, METADATA, SERVICE_TIER, USER, Field.noOp("safety_identifier", Reader.text()),
            Field.noOp("prompt_cache_key", Reader.text()));

    static final FieldTable TABLE = new FieldTable(CORE, SamplingFields.ALL, RefusedFields.ALL);

    /** The fields that do something, for the published schema. */
    static final FieldTable SUPPORTED = new FieldTable(CORE, SamplingFields.ALL);

    private static final Field<String> PREDICTION_TYPE = Field.of("type", Reader.oneOf("content"), null);
    private static final FieldTable PREDICTION_TABLE = FieldTable.of(PREDICTION_TYPE, TextContent.FIELD);

    static final Field<Boolean> INCLUDE_USAGE = Field.of("include_usage", Reader.bool(), false);
    static final FieldTable STREAM_OPTIONS_TABLE = FieldTable.of(INCLUDE_USAGE,
            Field.refusedUnless("include_obfuscation", node -> node.isBoolean() && !node.booleanValue()));

    private ChatFields() {
    }

    /** The text that the client expects, {@code null}: it does not say. */
    static String prediction(WireObject body, UnknownFields unknown) {
        WireObject prediction = PREDICTION.in(body);
        if (prediction == null) {
            return null;
        }
        PREDICTION_TABLE.check(prediction, unknown);
        PREDICTION_TYPE.requiredIn(prediction);
        return new TextContent(unknown).read(prediction, false);
    }
}
