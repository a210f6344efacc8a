package dev.cadenza.engine;

import java.util.Arrays;

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

    /** What a {@link Want.Sample} that wanted less would have brought back. @param top as its {@code topLogprobs}, at most what this one has */
    public Sampled withTop(int top) {
        int shown = Math.max(0, top);
        return new Sampled(row, token, top < 0 ? Float.NaN : logprob, Arrays.copyOf(topTokens, shown), Arrays.copyOf(topLogprobs, shown));
    }
}
