package dev.cadenza.decoding;

/** Where the client's stop strings end an answer. Device thread only. */
@FunctionalInterface
public interface AnswerEnd {
    /** Nothing does. */
    AnswerEnd NOWHERE = _ -> false;

    /** Whether a stop string ends the answer within these tokens, should they come next. Changes nothing. */
    boolean within(int[] tokens);
}
