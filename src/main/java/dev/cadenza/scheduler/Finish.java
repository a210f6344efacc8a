package dev.cadenza.scheduler;

import dev.cadenza.decoding.DecodingReport;

/**
 * The end of one choice.
 *
 * @param reason           why it ended
 * @param stopString       the stop string that matched, or {@code null}
 * @param stopToken        the end token that was drawn, or -1
 * @param completionTokens tokens generated, an end token included
 * @param cachedTokens     prompt tokens that were not computed for this choice, but found in the KV memory
 * @param report           what the strategy did
 */
public record Finish(Reason reason, String stopString, int stopToken, int completionTokens, int cachedTokens, DecodingReport report) {
    public enum Reason {
        STOP, LENGTH
    }
}
