package dev.cadenza.scheduler;

import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Turn.Source;
import java.util.List;
import java.util.Optional;

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
 */
public record Finish(Reason reason, String stopString, int stopToken, int completionTokens, int cachedTokens, DecodingReport report,
        List<Traced> trace) {
    public Finish {
        trace = List.copyOf(trace);
    }

    /** Name of the strategy. */
    public String strategy() {
        return report.strategy();
    }

    /** Kind of draft; empty: the strategy has none. */
    public Optional<String> draft() {
        return Optional.ofNullable(report.draft());
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

    /** A token and where it came from. */
    public record Traced(int token, Source source) {
    }

    public enum Reason {
        STOP, LENGTH
    }
}
