package dev.cadenza.decoding.standard;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;

/** Draws one token per step. No parameters. */
public record Standard() implements Strategy {
    public static final StrategyFamily FAMILY = new Family();

    @Override
    public String name() {
        return FAMILY.name();
    }

    @Override
    public Guarantee guarantee() {
        return Guarantee.LOSSLESS;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new StandardDecoder(start);
    }

    private record Family() implements StrategyFamily {
        @Override
        public String name() {
            return "standard";
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) {
            return new Standard();
        }
    }
}
