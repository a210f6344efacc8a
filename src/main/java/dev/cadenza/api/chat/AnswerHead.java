package dev.cadenza.api.chat;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.api.ServedModel;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What an answer and all chunks of a stream say alike.
 *
 * @param id      {@code chatcmpl-...}
 * @param created unix seconds
 * @param serviceTier whether to state it
 */
record AnswerHead(String id, long created, String model, String fingerprint, boolean serviceTier) {

    static String newId() {
        var random = ThreadLocalRandom.current();
        return "chatcmpl-" + HexFormat.of().toHexDigits(random.nextLong()) + HexFormat.of().toHexDigits(random.nextLong());
    }

    static AnswerHead of(String id, ServedModel model, ChatRequest request) {
        return new AnswerHead(id, System.currentTimeMillis() / 1000, model.id(), model.fingerprint(), request.serviceTier());
    }

    void write(JsonGenerator out, String object) throws IOException {
        out.writeStringField("id", id);
        out.writeStringField("object", object);
        out.writeNumberField("created", created);
        out.writeStringField("model", model);
        out.writeStringField("system_fingerprint", fingerprint);
        if (serviceTier) {
            out.writeStringField("service_tier", "default");
        }
    }
}
