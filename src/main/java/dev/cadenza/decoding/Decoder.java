package dev.cadenza.decoding;

import dev.cadenza.engine.Sampled;
import java.util.List;

/** Decodes one sequence: a state machine. Device thread only; no threads, no locks, no native memory of its own. */
public interface Decoder {

    /** What the sequence wants of the next step. Called again, with the same or another grant, when that step failed or did not run. */
    Move next(Grant grant);

    /** Takes the results of the last move and says which tokens the sequence gained. */
    Turn accept(List<Sampled> samples);

    DecodingReport report();
}
