package dev.cadenza.decoding;

import dev.cadenza.sampling.SamplingParameters;
import java.util.Map;

/**
 * All of a request that bears on how it is decoded.
 *
 * @param decoding     the {@code decoding} object as parsed JSON (maps, lists, strings, numbers, booleans), {@code null}: none
 * @param prediction   ids of the text that the client expects (OpenAI's predicted outputs), {@code null}: none
 * @param promptTokens length of the prompt
 * @param maxTokens    longest answer
 * @param sampling     law parameters
 */
public record Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, SamplingParameters sampling) {
    /** Of a request that says nothing. */
    public static final Wish NOTHING = new Wish(null, null, 1, 1, SamplingParameters.AS_IS);

    /** Of a request that leaves the law as it is but for its temperature. */
    public Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, float temperature) {
        this(decoding, prediction, promptTokens, maxTokens, new SamplingParameters(temperature, 0, 1, 0, 0, 0, 1, Map.of()));
    }

    /** 0: greedy. */
    public float temperature() {
        return sampling.temperature();
    }
}
