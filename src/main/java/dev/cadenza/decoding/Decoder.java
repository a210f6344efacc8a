package dev.cadenza.decoding;

import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.SegmentResult;

/**
 * Decodes one sequence: a state machine. Device thread only; no threads, no locks, no native memory of its own. The sequence's tokens are its
 * prompt and then all tokens of all turns. A turn is one move, or several when drafting takes moves of its own.
 */
public interface Decoder extends AutoCloseable {
    double[] NOTHING_TO_DRAFT = {};

    /**
     * What drafting is worth to this sequence in the next step; changes nothing. Asked only at the start of a turn.
     *
     * @param most rows it could get
     * @return for each draft row, the best first, the chance that it gains the sequence a token, what it costs elsewhere (steps of a draft model)
     *         taken off; at most {@code most}
     */
    default double[] prospects(int most) {
        return NOTHING_TO_DRAFT;
    }

    /**
     * What the sequence wants next; changes nothing that a later call could see. Called again, with the same or another grant, when that move
     * failed or did not run.
     */
    Move next(Grant grant);

    /** Takes the results of the last move. Its hidden states are not the decoder's. */
    Turn accept(SegmentResult result);

    /** The turn in hand, if any, is lost with all its nodes, and so is what the draft model has computed; the tokens are as before it. */
    default void interrupted() {
    }

    /**
     * The layers that the row of an answer token runs, or ran in the end. Asked of any token behind the prompt: for the trace, and when rows are
     * computed again after a preemption.
     *
     * @param index of the token in the answer, 0 the first
     */
    default LayerSet layers(int index) {
        return LayerSet.ALL;
    }

    /** @param dropped how many of the last turn's tokens lie behind the answer's end and do not belong to it */
    DecodingReport report(int dropped);

    /** The sequence is over: finished, failed or cancelled. Called once. */
    @Override
    default void close() {
    }
}
