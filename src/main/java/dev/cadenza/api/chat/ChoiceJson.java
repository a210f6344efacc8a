package dev.cadenza.api.chat;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.TokenLogprob;
import dev.cadenza.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.List;

/** Parts of a choice that answers and chunks share: log-probabilities and the reason of the end. Immutable; any thread. */
final class ChoiceJson {
    /** Stands for minus infinity, which JSON cannot say. */
    private static final double IMPOSSIBLE = -9999.0;

    private final Tokenizer tokenizer;
    private final int primaryEnd;

    ChoiceJson(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.primaryEnd = tokenizer.eosText() == null ? -1 : tokenizer.special(tokenizer.eosText()).orElse(-1);
    }

    /** Those with text in the answer. Special tokens have none. */
    List<TokenLogprob> shown(List<TokenLogprob> tokens) {
        return tokens.stream().filter(token -> !tokenizer.isSpecial(token.token())).toList();
    }

    /** @param tokens {@code null}: not asked for */
    void writeLogprobs(JsonGenerator out, List<TokenLogprob> tokens) throws IOException {
        if (tokens == null) {
            out.writeNullField("logprobs");
            return;
        }
        out.writeObjectFieldStart("logprobs");
        out.writeArrayFieldStart("content");
        for (TokenLogprob token : tokens) {
            out.writeStartObject();
            writeToken(out, token.token(), token.logprob());
            out.writeArrayFieldStart("top_logprobs");
            for (int i = 0; i < token.topTokens().length; i++) {
                out.writeStartObject();
                writeToken(out, token.topTokens()[i], token.topLogprobs()[i]);
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeNullField("refusal");
        out.writeEndObject();
    }

    /** {@code stop_reason}: the stop string, the id of an end token other than the model's own end of sequence, or null. */
    void writeEnd(JsonGenerator out, Finish finish) throws IOException {
        out.writeStringField("finish_reason", switch (finish.reason()) {
            case STOP -> "stop";
            case LENGTH -> "length";
        });
        if (finish.stopString() != null) {
            out.writeStringField("stop_reason", finish.stopString());
        } else if (finish.stopToken() >= 0 && finish.stopToken() != primaryEnd) {
            out.writeNumberField("stop_reason", finish.stopToken());
        } else {
            out.writeNullField("stop_reason");
        }
    }

    private void writeToken(JsonGenerator out, int token, float logprob) throws IOException {
        out.writeStringField("token", tokenizer.text(token));
        out.writeFieldName("logprob");
        out.writeNumber(Float.isFinite(logprob) ? logprob : IMPOSSIBLE);
        if (tokenizer.isSpecial(token)) {
            out.writeNullField("bytes");
            return;
        }
        out.writeArrayFieldStart("bytes");
        for (byte b : tokenizer.bytes(token)) {
            out.writeNumber(b & 0xff);
        }
        out.writeEndArray();
    }
}
