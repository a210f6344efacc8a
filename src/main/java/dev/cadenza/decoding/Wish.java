package dev.cadenza.decoding;

import dev.cadenza.sampling.SamplingParameters;
import java.util.Locale;

/**
 * All of a request that bears on how it is decoded.
 *
 * @param decoding     the {@code decoding} object as parsed JSON (maps, lists, strings, numbers, booleans), {@code null}: none
 * @param prediction   ids of the text that the client expects (OpenAI's predicted outputs), {@code null}: none
 * @param promptTokens length of the prompt
 * @param maxTokens    longest answer
 * @param sampling     law parameters
 * @param temperatureGiven whether the client named the temperature
 * @param effort       OpenAI's {@code reasoning_effort}, {@code null}: not said, or not for a strategy to heed
 * @param prompts      the same conversation asked otherwise
 * @param tools        whether the answer may call tools
 */
public record Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, SamplingParameters sampling, boolean temperatureGiven, Effort effort,
        Prompts prompts, boolean tools) {
    /** Of a request that says nothing. */
    public static final Wish NOTHING = new Wish(null, null, 1, 1, SamplingParameters.AS_IS);

    /** Of a request without tools. */
    public Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, SamplingParameters sampling, boolean temperatureGiven, Effort effort,
            Prompts prompts) {
        this(decoding, prediction, promptTokens, maxTokens, sampling, temperatureGiven, effort, prompts, false);
    }

    /** Of a conversation without tools that can be asked in no other way: a stand-in for checks. */
    public Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, SamplingParameters sampling) {
        this(decoding, prediction, promptTokens, maxTokens, sampling, false, null, _ -> new int[] {0, 0});
    }

    /** Of a request without tools that leaves the law as it is but for its temperature. */
    public Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, float temperature) {
        this(decoding, prediction, promptTokens, maxTokens, SamplingParameters.AS_IS.at(temperature));
    }

    /** The same with or without tools. */
    public Wish withTools(boolean brought) {
        return new Wish(decoding, prediction, promptTokens, maxTokens, sampling, temperatureGiven, effort, prompts, brought);
    }

    /** How much the client wants the model to think. */
    public enum Effort {
        LOW, MEDIUM, HIGH;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A conversation's prompt. */
    @FunctionalInterface
    public interface Prompts {
        /**
         * @return ids, at least two, with this text behind the last user message
         * @throws InvalidDecoding there is no user message
         */
        int[] endingWith(String text) throws InvalidDecoding;
    }

    /** 0: greedy. */
    public float temperature() {
        return sampling.temperature();
    }
}
