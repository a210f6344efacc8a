package dev.cadenza.decoding.standard;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyFamily;

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
        public Strategy parse(JsonFields parameters) {
            return new Standard();
        }
    }
}
