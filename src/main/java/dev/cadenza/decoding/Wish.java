package dev.cadenza.decoding;

import dev.cadenza.sampling.SamplingParameters;

/**
 * All of a request that bears on how it is decoded.
 *
 * @param decoding     the {@code decoding} object as parsed JSON (maps, lists, strings, numbers, booleans), {@code null}: none
 * @param prediction   ids of the text that the client expects (OpenAI's predicted outputs), {@code null}: none
 * @param promptTokens length of the prompt
 * @param maxTokens    longest answer
 * @param sampling     law parameters
 * @param tools        whether the answer may call tools
 */
public record Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, SamplingParameters sampling, boolean tools) {
    /** Of a request that says nothing. */
    public static final Wish NOTHING = new Wish(null, null, 1, 1, SamplingParameters.AS_IS);

    /** Of a request without tools. */
    public Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, SamplingParameters sampling) {
        this(decoding, prediction, promptTokens, maxTokens, sampling, false);
    }

    /** Of a request without tools that leaves the law as it is but for its temperature. */
    public Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, float temperature) {
        this(decoding, prediction, promptTokens, maxTokens, SamplingParameters.AS_IS.at(temperature));
    }

    /** The same with or without tools. */
    public Wish withTools(boolean brought) {
        return new Wish(decoding, prediction, promptTokens, maxTokens, sampling, brought);
    }

    /** 0: greedy. */
    public float temperature() {
        return sampling.temperature();
    }
}
