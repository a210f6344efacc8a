package dev.cadenza.scheduler;

import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Fork;
import dev.cadenza.decoding.Turn.Source;
import java.util.List;

/**
 * The end of one choice.
 *
 * @param reason           why it ended
 * @param stopString       the stop string that matched, or {@code null}
 * @param stopToken        the end token that was drawn, or -1
 * @param completionTokens tokens generated, an end token included
 * @param cachedTokens     prompt tokens that were not computed for this choice, but found in the KV memory
 * @param report           what the strategy did
 * @param trace            of every token, in order; empty unless the request wants it
 * @param forks            in order; empty unless the request wants a trace
 */
public record Finish(Reason reason, String stopString, int stopToken, int completionTokens, int cachedTokens, DecodingReport report,
        List<Traced> trace, List<TracedFork> forks) {
    public Finish {
        trace = List.copyOf(trace);
        forks = List.copyOf(forks);
    }

    /** Of an answer that has not forked. */
    public Finish(Reason reason, String stopString, int stopToken, int completionTokens, int cachedTokens, DecodingReport report,
            List<Traced> trace) {
        this(reason, stopString, stopToken, completionTokens, cachedTokens, report, trace, List.of());
    }

    /** @param at tokens of the answer before the fork */
    public record TracedFork(int at, Fork fork) {
    }

    /** A token and where it came from. */
    public record Traced(int token, Source source) {
    }

    public enum Reason {
        STOP, LENGTH
    }
}
