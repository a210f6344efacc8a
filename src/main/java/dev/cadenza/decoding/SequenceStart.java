package dev.cadenza.decoding;

import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.SamplingParameters;

/**
 * What a decoder needs to know of its sequence.
 *
 * @param prompt      ids; not copied, must not change
 * @param sampling    law parameters
 * @param seed        of the random numbers
 * @param choice      index among the request's answers
 * @param topLogprobs as in {@link dev.cadenza.engine.Want.Sample}
 * @param trace       whether every token of the answer comes with its {@code uncertainty}; it changes no token
 * @param end         which tokens end the answer by their text
 * @param reason      why this strategy was chosen
 * @param surroundings what it shares with others
 */
public record SequenceStart(int[] prompt, SamplingParameters sampling, long seed, int choice, int topLogprobs, boolean trace, AnswerEnd end,
        String reason, Surroundings surroundings) {

    /** The same with another prompt and law. */
    public SequenceStart with(int[] otherPrompt, SamplingParameters otherSampling) {
        return new SequenceStart(otherPrompt, otherSampling, seed, choice, topLogprobs, trace, end, reason, surroundings);
    }

    /**
     * Draws a token as {@code standard} does, with all that the client is to be told of it.
     *
     * @param index of the token in the answer, 0 the first
     */
    public Want.Sample sample(int row, Law law, int index) {
        return new Want.Sample(row, law, draw(index, 0), topLogprobs, trace);
    }

    /** The random numbers of a token. @param index in the answer, 0 the first; @param trial 0: those of {@code standard} */
    public Draw draw(int index, int trial) {
        return new Draw(seed, choice, prompt.length + index, trial);
    }
}
