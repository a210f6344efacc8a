package dev.cadenza.decoding;

import dev.cadenza.engine.Sampled;
import java.util.List;

/**
 * Decodes one sequence: a state machine. Device thread only; no threads, no locks, no native memory of its own. The sequence's tokens are its
 * prompt and then all tokens of all turns.
 */
public interface Decoder {

    /**
     * What the sequence wants of the next step; changes nothing. Called again, with the same or another grant, when that step failed or did not
     * run.
     */
    Move next(Grant grant);

    /** Takes the results of the last move and says which tokens the sequence gained. */
    Turn accept(List<Sampled> samples);

    /** @param dropped how many of the last turn's tokens lie behind the answer's end and do not belong to it */
    DecodingReport report(int dropped);
}
