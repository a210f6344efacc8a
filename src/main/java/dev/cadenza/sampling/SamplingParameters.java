package dev.cadenza.sampling;

import java.util.Map;

/**
 * What a request says about sampling. Frequency and presence penalties look at the answer, the repetition penalty at prompt and answer.
 *
 * @param temperature       0 (greedy) .. 2
 * @param topK              0: off
 * @param topP              (0, 1], 1: off
 * @param minP              [0, 1], 0: off
 * @param frequencyPenalty  -2 .. 2
 * @param presencePenalty   -2 .. 2
 * @param repetitionPenalty (0, 2], 1: off
 * @param bias              token id to addend, -100 .. 100
 */
public record SamplingParameters(float temperature, int topK, float topP, float minP, float frequencyPenalty, float presencePenalty,
        float repetitionPenalty, Map<Integer, Float> bias) {
    /** The model's own law. */
    public static final SamplingParameters AS_IS = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of());
    public static final SamplingParameters GREEDY = new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of());

    /** The same at another temperature. */
    public SamplingParameters at(float other) {
        return new SamplingParameters(other, topK, topP, minP, frequencyPenalty, presencePenalty, repetitionPenalty, bias);
    }

    public SamplingParameters {
        bias = Map.copyOf(bias);
    }
}
