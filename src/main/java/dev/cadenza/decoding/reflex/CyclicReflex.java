package dev.cadenza.decoding.reflex;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * CyclicReflex: a triangular wave in time on the logits of the words by which a model reflects, until it ends its thinking; a model without a token
 * for that thinks all the time.
 *
 * @param wave      added to the logits before temperature
 * @param words     their token ids
 * @param endOfThinking token id, -1: the model has none
 * @see "Fan et al., CyclicReflex, 2025"
 */
public record CyclicReflex(Wave wave, List<Integer> words, int endOfThinking) implements Strategy {
    public static final StrategyFamily FAMILY = new Family();
    static final String NAME = "cyclic_reflex";

    public CyclicReflex {
        words = List.copyOf(words);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Guarantee guarantee() {
        return Guarantee.CHANGES_LAW;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new CyclicReflexDecoder(this, start);
    }

    private record Family() implements StrategyFamily {
        private static final List<String> REFLECTION = List.of("wait", "Wait", "but", "But", "Alternatively");
        private static final String END_OF_THINKING = "</think>";
        private static final Parameter.Decimal AMPLITUDE = new Parameter.Decimal("amplitude", 5, 0, 20, "Height of the wave, in logits");
        private static final Parameter.Whole PERIOD = new Parameter.Whole("period", 600, 4, 100_000, "Tokens of a cycle");
        private static final Parameter.Flag LEADING_SPACE = new Parameter.Flag("leading_space", false,
                "Whether the words behind a space, which are other tokens, are meant too");

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public StrategyDescription describe(ModelTraits model) {
            return new StrategyDescription(NAME, "Raises and lowers, again and again, how likely %s are while the model thinks".formatted(REFLECTION),
                    Guarantee.CHANGES_LAW, Parameter.objectSchema(List.of(AMPLITUDE, PERIOD, LEADING_SPACE)),
                    Map.of("prediction", "it drafts nothing, so that the prediction would go unused"), List.of());
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            var wave = new Wave(AMPLITUDE.read(parameters), PERIOD.read(parameters));
            boolean spaced = LEADING_SPACE.read(parameters);
            List<Integer> words = new ArrayList<>();
            for (String word : REFLECTION) {
                add(words, model.token(word));
                if (spaced) {
                    add(words, model.token(" " + word));
                }
            }
            if (words.isEmpty()) {
                throw new InvalidDecoding("decoding.strategy", "unsupported_value",
                        "`decoding.strategy`: '%s' needs a model in which one of %s is a token of its own".formatted(NAME, REFLECTION));
            }
            return new CyclicReflex(wave, words, model.token(END_OF_THINKING).orElse(-1));
        }

        private static void add(List<Integer> words, OptionalInt token) {
            if (token.isPresent() && !words.contains(token.getAsInt())) {
                words.add(token.getAsInt());
            }
        }
    }
}
