package dev.cadenza.scheduler;

/**
 * @param token   id
 * @param logprob raw, natural log
 * @param topTokens   most likely ids, best first
 * @param topLogprobs their raw log-probabilities
 */
public record TokenLogprob(int token, float logprob, int[] topTokens, float[] topLogprobs) {
}
