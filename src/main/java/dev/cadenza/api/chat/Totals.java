package dev.cadenza.api.chat;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.scheduler.Finish;
import java.io.IOException;
import java.util.List;

/**
 * {@code usage} and {@code decoding} of an answer. With several choices the prompt counts once, as it was for the first, and the report names the
 * strategy of the first choice and the sums over all.
 *
 * @param finishes of all choices, in index order
 */
record Totals(int promptTokens, List<Finish> finishes) {

    void writeUsage(JsonGenerator out) throws IOException {
        int completionTokens = finishes.stream().mapToInt(Finish::completionTokens).sum();
        out.writeObjectFieldStart("usage");
        out.writeNumberField("prompt_tokens", promptTokens);
        out.writeNumberField("completion_tokens", completionTokens);
        out.writeNumberField("total_tokens", promptTokens + completionTokens);
        out.writeObjectFieldStart("prompt_tokens_details");
        out.writeNumberField("cached_tokens", finishes.getFirst().cachedTokens());
        out.writeNumberField("audio_tokens", 0);
        out.writeEndObject();
        out.writeObjectFieldStart("completion_tokens_details");
        out.writeNumberField("reasoning_tokens", 0);
        out.writeNumberField("audio_tokens", 0);
        out.writeNumberField("accepted_prediction_tokens", 0);
        out.writeNumberField("rejected_prediction_tokens", 0);
        out.writeEndObject();
        out.writeEndObject();
    }

    void writeDecoding(JsonGenerator out) throws IOException {
        DecodingReport first = finishes.getFirst().report();
        int steps = 0;
        int tokens = 0;
        int drafted = 0;
        int accepted = 0;
        for (Finish finish : finishes) {
            steps += finish.report().steps();
            tokens += finish.report().tokens();
            drafted += finish.report().drafted();
            accepted += finish.report().accepted();
        }
        out.writeObjectFieldStart("decoding");
        out.writeStringField("strategy", first.strategy());
        out.writeStringField("reason", first.reason());
        if (first.draft() != null) {
            out.writeStringField("draft", first.draft());
        }
        out.writeNumberField("steps", steps);
        if (steps > 0) {
            out.writeNumberField("tokens_per_step", Math.round(1000.0 * tokens / steps) / 1000.0);
        }
        if (first.drafted() >= 0) {
            out.writeNumberField("drafted", drafted);
        }
        if (first.accepted() >= 0) {
            out.writeNumberField("accepted", accepted);
        }
        out.writeNumberField("seed", first.seed());
        out.writeEndObject();
    }
}
