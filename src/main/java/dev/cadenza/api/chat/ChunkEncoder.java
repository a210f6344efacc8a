package dev.cadenza.api.chat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.api.error.ApiProblem;
import dev.cadenza.api.error.ErrorBody;
import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.ShuttingDown;
import dev.cadenza.scheduler.TokenLogprob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jboss.logging.Logger;

/** Turns a stream's events into server-sent events, in the order that OpenAI's clients rely on. A state machine of the client's event loop. */
final class ChunkEncoder {
    private static final Logger LOG = Logger.getLogger(ChunkEncoder.class);
    static final byte[] KEEP_ALIVE = ascii(": keep-alive\n\n");

    private static final byte[] DATA = ascii("data: ");
    private static final byte[] END = ascii("\n\n");
    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final JsonFactory JSON = new JsonFactory();

    private final AnswerHead head;
    private final ChoiceJson choiceJson;
    private final boolean includeUsage;
    private final boolean withLogprobs;
    private final Finish[] finishes;
    private final List<List<TokenLogprob>> waitingForText;
    private final String requestId;

    private int unfinished;
    private boolean over;

    /** @param requestId for the message of a fault */
    ChunkEncoder(AnswerHead head, ChoiceJson choiceJson, ChatRequest request, String requestId) {
        this.head = head;
        this.choiceJson = choiceJson;
        this.includeUsage = request.includeUsage();
        this.withLogprobs = request.topLogprobs() >= 0;
        this.finishes = new Finish[request.choices()];
        this.unfinished = request.choices();
        this.requestId = requestId;
        this.waitingForText = new ArrayList<>();
        for (int i = 0; i < request.choices(); i++) {
            waitingForText.add(new ArrayList<>());
        }
    }

    /** Whether the last byte of the stream has been encoded. */
    boolean over() {
        return over;
    }

    /** Appends the event's bytes, maybe none. */
    void encode(StreamEvent event, ByteArrayOutputStream bytes) {
        try {
            switch (event) {
                case StreamEvent.Admitted _ -> roles(bytes);
                case StreamEvent.Text(int choice, String text, var tokens) -> text(choice, text, tokens, bytes);
                case StreamEvent.Finished(int choice, Finish finish) -> finished(choice, finish, bytes);
                case StreamEvent.Failed(Throwable cause) -> failed(cause, bytes);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private void roles(ByteArrayOutputStream bytes) throws IOException {
        for (int choice = 0; choice < finishes.length; choice++) {
            event(bytes, choice, out -> {
                out.writeStringField("role", "assistant");
                out.writeStringField("content", "");
            }, null, null);
        }
    }

    private void text(int choice, String text, List<TokenLogprob> tokens, ByteArrayOutputStream bytes) throws IOException {
        List<TokenLogprob> waiting = waitingForText.get(choice);
        waiting.addAll(choiceJson.shown(tokens));
        if (text.isEmpty()) {
            return;
        }
        event(bytes, choice, out -> out.writeStringField("content", text), withLogprobs ? waiting : null, null);
        waiting.clear();
    }

    private void finished(int choice, Finish finish, ByteArrayOutputStream bytes) throws IOException {
        finishes[choice] = finish;
        unfinished--;
        List<TokenLogprob> waiting = waitingForText.get(choice);
        event(bytes, choice, _ -> { }, waiting.isEmpty() ? null : waiting, finish);
        if (unfinished == 0) {
            if (includeUsage) {
                usage(bytes);
            }
            bytes.writeBytes(DONE);
            over = true;
        }
    }

    private void failed(Throwable cause, ByteArrayOutputStream bytes) {
        bytes.writeBytes(DATA);
        bytes.writeBytes(ErrorBody.of(problem(cause)).json());
        bytes.writeBytes(END);
        over = true;
    }

    private ApiProblem problem(Throwable cause) {
        if (cause instanceof ShuttingDown) {
            return new ApiProblem.NotFinished();
        }
        LOG.errorf(cause, "stream_failed request=%s answer=%s", requestId, head.id());
        return new ApiProblem.ServerFault(requestId);
    }

    private void event(ByteArrayOutputStream bytes, int choice, Part delta, List<TokenLogprob> tokens, Finish finish) throws IOException {
        bytes.writeBytes(DATA);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            head.write(out, "chat.completion.chunk");
            out.writeArrayFieldStart("choices");
            out.writeStartObject();
            out.writeNumberField("index", choice);
            out.writeObjectFieldStart("delta");
            delta.write(out);
            out.writeEndObject();
            choiceJson.writeLogprobs(out, tokens);
            if (finish == null) {
                out.writeNullField("finish_reason");
            } else {
                choiceJson.writeEnd(out, finish);
            }
            out.writeEndObject();
            out.writeEndArray();
            if (includeUsage) {
                out.writeNullField("usage");
            } else if (finish != null && unfinished == 0) {
                totals().writeDecoding(out);
            }
            out.writeEndObject();
        }
        bytes.writeBytes(END);
    }

    private void usage(ByteArrayOutputStream bytes) throws IOException {
        bytes.writeBytes(DATA);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            head.write(out, "chat.completion.chunk");
            out.writeArrayFieldStart("choices");
            out.writeEndArray();
            totals().writeUsage(out);
            totals().writeDecoding(out);
            out.writeEndObject();
        }
        bytes.writeBytes(END);
    }

    private Totals totals() {
        return new Totals(Arrays.asList(finishes));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @FunctionalInterface
    private interface Part {
        void write(JsonGenerator out) throws IOException;
    }
}
