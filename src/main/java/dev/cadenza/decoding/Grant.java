package dev.cadenza.decoding;

/**
 * What a sequence may use in the next step.
 *
 * @param draftRows rows beyond the pending tokens' own; 0 during prefill
 */
public record Grant(int draftRows) {
}
