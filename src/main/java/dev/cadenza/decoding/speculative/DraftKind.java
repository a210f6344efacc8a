package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;

/** A kind of draft: its name on the wire, and how its parameters are read. Immutable; any thread. */
interface DraftKind {

    String name();

    /** @param parameters of {@code decoding.speculative}, {@code draft} read already */
    Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding;
}
