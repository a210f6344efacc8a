package dev.cadenza.decoding;

import dev.cadenza.sampling.SamplingParameters;

/**
 * What a decoder needs to know of its sequence.
 *
 * @param prompt      ids; not copied, must not change
 * @param sampling    law parameters
 * @param seed        of the random numbers
 * @param choice      index among the request's answers
 * @param topLogprobs as in {@link dev.cadenza.engine.Want.Sample}
 * @param reason      why this strategy was chosen
 * @param surroundings what it shares with others
 */
public record SequenceStart(int[] prompt, SamplingParameters sampling, long seed, int choice, int topLogprobs, String reason,
        Surroundings surroundings) {

    /** The same with another prompt and law. */
    public SequenceStart with(int[] otherPrompt, SamplingParameters otherSampling) {
        return new SequenceStart(otherPrompt, otherSampling, seed, choice, topLogprobs, reason, surroundings);
    }
}
