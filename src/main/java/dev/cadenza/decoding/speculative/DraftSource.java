package dev.cadenza.decoding.speculative;

import dev.cadenza.engine.Sampled;

/**
 * Guesses how one sequence goes on. What it guesses never changes the answer, for every token is verified; it only changes how soon the answer
 * comes. One per sequence, told of every token; device thread only.
 */
interface DraftSource extends AutoCloseable {

    /** A guess, the same until the next {@link #append}. @param most nodes, 1 or more */
    Draft draft(int most);

    /** The answer gained a token. */
    void append(int token);

    /** How many of the most likely tokens it wants to be shown at each verified row, 0 .. 20. */
    default int wantedTop() {
        return 0;
    }

    /**
     * A row was computed, whether its token was kept or not; rows in order, before the tokens gained are appended.
     *
     * @param token   the row's own
     * @param sampled what was drawn behind it, with the {@link #wantedTop} most likely tokens, or with fewer in a wide batch
     */
    default void observe(int token, Sampled sampled) {
    }

    /** The sequence is over. */
    @Override
    default void close() {
    }
}
