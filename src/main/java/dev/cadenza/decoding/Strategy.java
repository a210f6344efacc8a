package dev.cadenza.decoding;

import dev.cadenza.sampling.SamplingParameters;

/** How a sequence decodes, with its parameters. Immutable; one {@link Decoder} per sequence is started from it. */
public interface Strategy {

    /** The name on the wire. */
    String name();

    /** How the answer relates to the one that {@code standard} gives. */
    Guarantee guarantee();

    /** Rows that a sequence may have in one step besides drafts; it is let in only when there is a place for each. */
    default int reservedRows() {
        return 1;
    }

    /** Open nodes besides drafts that a sequence always has memory for, as far as the context goes. */
    default int reservedNodes() {
        return 0;
    }

    /**
     * How a request begins that it decodes.
     *
     * @param asked by the client
     */
    default Opening opening(Opening asked) {
        return asked;
    }

    /** Tokens that {@link Turn.Rest} may append to the opening's prompt. */
    default int mostMorePrompt() {
        return 0;
    }

    Decoder start(SequenceStart start);

    /** Whether the client's {@code prediction} is what it drafts. */
    default boolean usesPrediction() {
        return false;
    }

    /**
     * What a sequence starts from.
     *
     * @param prompt    ids
     * @param maxTokens of the answer; with the prompt, and what may be appended to it, at most the context
     * @param sampling  law parameters
     */
    record Opening(int[] prompt, int maxTokens, SamplingParameters sampling) {
    }

    /**
     * The strongest first. LOSSLESS: the very tokens of {@code standard}; SAME_LAW: tokens of the same law, drawn otherwise; CHANGES_LAW: tokens of
     * another law.
     */
    enum Guarantee {
        LOSSLESS, SAME_LAW, CHANGES_LAW
    }
}
