package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Strategy.Guarantee;
import dev.cadenza.decoding.Wish;
import java.util.List;

/** A kind of draft: its name on the wire, its parameters, and how they are read. Immutable; any thread. */
interface DraftKind {

    String name();

    /** One line for clients. */
    String summary();

    /** What {@code decoding.speculative} may hold beside {@code draft}: all that {@link #parse} reads. */
    List<Parameter> parameters(ModelTraits model);

    /** With the default parameters. */
    default Guarantee guarantee() {
        return Guarantee.LOSSLESS;
    }

    /** What a server with this model lacks for it; empty: nothing. */
    default String lacking(ModelTraits model) {
        return "";
    }

    /** @param parameters of {@code decoding.speculative}, {@code draft} read already */
    Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding;
}
