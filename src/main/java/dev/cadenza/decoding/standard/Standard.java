package dev.cadenza.decoding.standard;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;
import java.util.List;
import java.util.Map;

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
        public StrategyDescription describe(ModelTraits model) {
            return new StrategyDescription(name(), "Draws one token per step; the yardstick of the others", Guarantee.LOSSLESS,
                    Parameter.objectSchema(List.of()), Map.of("prediction", "it drafts nothing, so that the prediction would go unused"), List.of());
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) {
            return new Standard();
        }
    }
}
