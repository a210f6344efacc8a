package dev.cadenza.engine;

import java.util.Arrays;
import java.util.function.Function;

/**
 * A drawn token.
 *
 * @param row     of its segment
 * @param token   id
 * @param logprob natural log of its raw probability (before edits, temperature and truncation); NaN when not wanted
 * @param topTokens   most likely ids by raw logits, best first, as many as wanted
 * @param topLogprobs their raw log-probabilities
 * @param uncertainty of the law that it was drawn from; {@code null} when not wanted
 */
public record Sampled(int row, int token, float logprob, int[] topTokens, float[] topLogprobs, Uncertainty uncertainty) {

    public Sampled(int row, int token, float logprob, int[] topTokens, float[] topLogprobs) {
        this(row, token, logprob, topTokens, topLogprobs, null);
    }

    /**
     * How sure a law is.
     *
     * @param logprob    natural log of the drawn token's probability under the law; 0 when that is greedy
     * @param entropy    of the law, nats; 0 when it is greedy
     * @param rawEntropy of the raw logits' softmax, nats
     * @param again      draws from the same law by another name; only until the engine's next step
     */
    public record Uncertainty(double logprob, double entropy, double rawEntropy, Function<Draw, Sampled> again) {
    }

    /** What a {@link Want.Sample} that wanted less would have brought back. @param top as its {@code topLogprobs}, at most what this one has */
    public Sampled withTop(int top) {
        int shown = Math.max(0, top);
        return new Sampled(row, token, top < 0 ? Float.NaN : logprob, Arrays.copyOf(topTokens, shown), Arrays.copyOf(topLogprobs, shown),
                uncertainty);
    }
}
