package dev.cadenza.scheduler;

import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Fork;
import dev.cadenza.decoding.Turn.Source;
import java.util.List;
import java.util.Optional;

/**
 * The end of one choice.
 *
 * @param reason           why it ended
 * @param stopString       the stop string that matched, or {@code null}
 * @param stopToken        the end token that was drawn, or -1
 * @param promptTokens     of the prompt as it was in the end
 * @param completionTokens tokens generated, an end token included
 * @param cachedTokens     prompt tokens that were not computed for this choice, but found in the KV memory
 * @param report           what the strategy did
 * @param trace            of every token, in order; empty unless the request wants it
 * @param forks            in order; empty unless the request wants a trace
 */
public record Finish(Reason reason, String stopString, int stopToken, int promptTokens, int completionTokens, int cachedTokens, DecodingReport report,
        List<Traced> trace, List<TracedFork> forks) {
    public Finish {
        trace = List.copyOf(trace);
        forks = List.copyOf(forks);
    }

    /** Of an answer that has not forked. */
    public Finish(Reason reason, String stopString, int stopToken, int promptTokens, int completionTokens, int cachedTokens, DecodingReport report,
            List<Traced> trace) {
        this(reason, stopString, stopToken, promptTokens, completionTokens, cachedTokens, report, trace, List.of());
    }

    /**
     * A fork of the answer.
     *
     * @param at       tokens of the answer before it
     * @param entropy  of the law there, nats
     * @param kept     index of the trial that the answer went on with
     * @param tokens   of each trial
     * @param logprobs of the tokens under the laws that they were drawn from, natural log
     */
    public record TracedFork(int at, double entropy, int kept, List<int[]> tokens, List<double[]> logprobs) {
        static TracedFork of(int at, Fork fork) {
            return new TracedFork(at, fork.entropy(), fork.kept(), fork.trials().stream().map(Fork.Trial::tokens).toList(),
                    fork.trials().stream().map(Fork.Trial::logprobs).toList());
        }
    }

    /** Name of the strategy. */
    public String strategy() {
        return report.strategy();
    }

    /** Kind of draft; empty: the strategy has none. */
    public Optional<String> draft() {
        return Optional.ofNullable(report.draft());
    }

    /** Class that the question was asked as; empty: the strategy has none. */
    public Optional<String> route() {
        return Optional.ofNullable(report.route()).map(DecodingReport.Route::name);
    }

    /** Engine steps after the prefill in which the choice had a row. */
    public int steps() {
        return report.steps();
    }

    /** Draft tokens verified. */
    public int drafted() {
        return Math.max(0, report.drafted());
    }

    /** Draft tokens kept. */
    public int accepted() {
        return Math.max(0, report.accepted());
    }

    /**
     * A token and where it came from.
     *
     * @param layers     that the row which drew it ran; of a draft, the row which verified it
     * @param entropy    of the law that it was drawn from, nats; 0 when that is greedy
     * @param rawEntropy of the raw logits' softmax, nats
     */
    public record Traced(int token, Source source, int layers, double entropy, double rawEntropy) {
    }

    public enum Reason {
        STOP, LENGTH
    }
}
