package dev.cadenza.api.chat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.scheduler.Finish;
import dev.cadenza.scheduler.GenerationListener;
import dev.cadenza.scheduler.TokenLogprob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Collects a request's answers to send them at once. The device thread fills it; whoever waits for {@link #complete} reads it afterwards. */
final class Answer implements GenerationListener {
    private static final JsonFactory JSON = new JsonFactory();

    private final AnswerHead head;
    private final ChoiceJson choiceJson;
    private final Map<String, String> metadata;
    private final StringBuilder[] texts;
    private final List<List<TokenLogprob>> logprobs;
    private final Finish[] finishes;
    private final CompletableFuture<Answer> complete = new CompletableFuture<>();
    private int unfinished;

    Answer(AnswerHead head, ChoiceJson choiceJson, ChatRequest request) {
        int choices = request.choices();
        boolean withLogprobs = request.topLogprobs() >= 0;
        this.head = head;
        this.choiceJson = choiceJson;
        this.metadata = request.metadata();
        this.texts = new StringBuilder[choices];
        this.logprobs = new ArrayList<>(choices);
        this.finishes = new Finish[choices];
        this.unfinished = choices;
        for (int i = 0; i < choices; i++) {
            texts[i] = new StringBuilder();
            logprobs.add(withLogprobs ? new ArrayList<>() : null);
        }
    }

    /** Completed by the device thread: hand the work that follows to another. */
    CompletableFuture<Answer> complete() {
        return complete;
    }

    @Override
    public void admitted() {
        // The status waits for the whole answer.
    }

    @Override
    public void text(int choice, String text, List<TokenLogprob> tokens) {
        texts[choice].append(text);
        if (logprobs.get(choice) != null) {
            logprobs.get(choice).addAll(choiceJson.shown(tokens));
        }
    }

    @Override
    public void finished(int choice, Finish finish) {
        finishes[choice] = finish;
        if (--unfinished == 0) {
            complete.complete(this);
        }
    }

    @Override
    public void failed(Throwable cause) {
        complete.completeExceptionally(cause);
    }

    @Override
    public boolean ready() {
        return true;
    }

    /** The body of the answer. */
    byte[] json() {
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            head.write(out, "chat.completion");
            out.writeArrayFieldStart("choices");
            for (int i = 0; i < texts.length; i++) {
                writeChoice(out, i);
            }
            out.writeEndArray();
            var totals = new Totals(Arrays.asList(finishes));
            totals.writeUsage(out);
            totals.writeDecoding(out);
            if (metadata != null) {
                writeMetadata(out);
            }
            out.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private void writeChoice(JsonGenerator out, int choice) throws IOException {
        out.writeStartObject();
        out.writeNumberField("index", choice);
        out.writeObjectFieldStart("message");
        out.writeStringField("role", "assistant");
        out.writeStringField("content", texts[choice].toString());
        out.writeNullField("refusal");
        out.writeArrayFieldStart("annotations");
        out.writeEndArray();
        out.writeEndObject();
        choiceJson.writeLogprobs(out, logprobs.get(choice));
        choiceJson.writeEnd(out, finishes[choice]);
        out.writeEndObject();
    }

    private void writeMetadata(JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("metadata");
        for (var entry : metadata.entrySet()) {
            out.writeStringField(entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
    }
}
