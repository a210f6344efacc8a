package dev.cadenza.api.chat;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.speculative.Speculative;
import dev.cadenza.scheduler.Finish;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * {@code usage} and {@code decoding} of an answer. With several choices the prompt counts once, as it was for the first, and the report names the
 * strategy of the first choice and the sums over all.
 *
 * @param finishes of all choices, in index order
 */
record Totals(List<Finish> finishes) {

    void writeUsage(JsonGenerator out) throws IOException {
        int promptTokens = finishes.getFirst().promptTokens();
        int completionTokens = sum(Finish::completionTokens);
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
        boolean predicted = finishes.getFirst().draft().equals(Optional.of(Speculative.PREDICTION));
        out.writeNumberField("accepted_prediction_tokens", predicted ? sum(Finish::accepted) : 0);
        out.writeNumberField("rejected_prediction_tokens", predicted ? sum(Finish::drafted) - sum(Finish::accepted) : 0);
        out.writeEndObject();
        out.writeEndObject();
    }

    void writeDecoding(JsonGenerator out) throws IOException {
        DecodingReport first = finishes.getFirst().report();
        int steps = sum(Finish::steps);
        int tokens = sum(finish -> finish.report().tokens());
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
            out.writeNumberField("drafted", sum(Finish::drafted));
        }
        if (first.accepted() >= 0) {
            out.writeNumberField("accepted", sum(Finish::accepted));
        }
        if (first.layersRun() >= 0) {
            long run = total(report -> report.layersRun());
            out.writeNumberField("layers_run", run);
            out.writeNumberField("layer_speedup", Math.round(1000.0 * total(report -> report.layersFull()) / Math.max(1, run)) / 1000.0);
        }
        if (first.trials() >= 0) {
            out.writeNumberField("trials", total(report -> report.trials()));
            out.writeNumberField("dropped_tokens", total(report -> report.droppedTokens()));
            out.writeNumberField("trials_capped", total(report -> report.trialsCapped()));
        }
        if (first.route() != null) {
            writeRoute(out, first.route());
        }
        out.writeNumberField("seed", first.seed());
        if (finishes.stream().anyMatch(finish -> !finish.forks().isEmpty())) {
            writeForks(out);
        }
        if (finishes.stream().anyMatch(finish -> !finish.trace().isEmpty())) {
            writeTrace(out);
        }
        out.writeEndObject();
    }

    private static void writeRoute(JsonGenerator out, DecodingReport.Route route) throws IOException {
        out.writeStringField("route", route.name());
        if (route.probabilities() != null) {
            out.writeObjectFieldStart("route_probabilities");
            for (Difficulty difficulty : Difficulty.values()) {
                out.writeNumberField(difficulty.wireName(), Math.round(10000 * route.probabilities()[difficulty.ordinal()]) / 10000.0);
            }
            out.writeEndObject();
        }
        out.writeNumberField("route_temperature", Math.round(1000 * route.temperature()) / 1000.0);
        out.writeNumberField("route_max_tokens", route.maxTokens());
        if (route.warning() != null) {
            out.writeStringField("warning", route.warning());
        }
    }

    private void writeTrace(JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("trace");
        for (int choice = 0; choice < finishes.size(); choice++) {
            for (Finish.Traced traced : finishes.get(choice).trace()) {
                out.writeStartObject();
                out.writeNumberField("index", choice);
                out.writeNumberField("token", traced.token());
                out.writeStringField("source", switch (traced.source()) {
                    case MODEL -> "model";
                    case DRAFT -> "draft";
                    case BONUS -> "bonus";
                    case TRIAL -> "trial";
                });
                out.writeNumberField("exit_layer", traced.layers());
                out.writeNumberField("entropy", traced.entropy());
                out.writeNumberField("raw_entropy", traced.rawEntropy());
                out.writeEndObject();
            }
        }
        out.writeEndArray();
    }

    /** Everything from which the choice at a fork can be computed again. */
    private void writeForks(JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("forks");
        for (int choice = 0; choice < finishes.size(); choice++) {
            for (Finish.TracedFork fork : finishes.get(choice).forks()) {
                out.writeStartObject();
                out.writeNumberField("index", choice);
                out.writeNumberField("at", fork.at());
                out.writeNumberField("entropy", fork.entropy());
                out.writeNumberField("kept", fork.kept());
                out.writeArrayFieldStart("trials");
                for (int trial = 0; trial < fork.tokens().size(); trial++) {
                    out.writeStartObject();
                    out.writeFieldName("tokens");
                    out.writeArray(fork.tokens().get(trial), 0, fork.tokens().get(trial).length);
                    out.writeFieldName("logprobs");
                    out.writeArray(fork.logprobs().get(trial), 0, fork.logprobs().get(trial).length);
                    out.writeEndObject();
                }
                out.writeEndArray();
                out.writeEndObject();
            }
        }
        out.writeEndArray();
    }

    private long total(ToLongFunction<DecodingReport> of) {
        return finishes.stream().map(Finish::report).mapToLong(of).sum();
    }

    private int sum(ToIntFunction<Finish> of) {
        return finishes.stream().mapToInt(of).sum();
    }
}
