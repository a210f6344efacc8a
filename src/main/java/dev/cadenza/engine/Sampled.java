package dev.cadenza.engine;

/**
 * A drawn token.
 *
 * @param row     of its segment
 * @param token   id
 * @param logprob natural log of its raw probability (before edits, temperature and truncation); NaN when not wanted
 * @param topTokens   most likely ids by raw logits, best first, as many as wanted
 * @param topLogprobs their raw log-probabilities
 */
public record Sampled(int row, int token, float logprob, int[] topTokens, float[] topLogprobs) {
}
