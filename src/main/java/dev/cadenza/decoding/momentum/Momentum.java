package dev.cadenza.decoding.momentum;

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
import dev.cadenza.sampling.SamplingParameters;
import java.util.List;
import java.util.Map;

/**
 * Momentum decoding: deterministic; of the most likely tokens the one whose probability, less a penalty for walking on in circles of the text so far,
 * is highest.
 *
 * @param alpha      penalty per step of resistance, 0: greedy
 * @param candidates most likely tokens to choose from, 1 .. 20
 * @param withPrompt whether the prompt is part of the text
 * @see "Lan et al., Momentum Decoding, 2022"
 */
public record Momentum(double alpha, int candidates, boolean withPrompt) implements Strategy {
    public static final StrategyFamily FAMILY = new Family();
    static final String NAME = "momentum";

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
        return new MomentumDecoder(this, start);
    }

    private record Family() implements StrategyFamily {
        private static final Parameter.Decimal ALPHA = new Parameter.Decimal("alpha", 0.2, 0, 10, "Penalty per step of resistance");
        private static final Parameter.Whole CANDIDATES = new Parameter.Whole("candidates", 5, 1, 20, "Most likely tokens to choose from");
        private static final Parameter.Flag WITH_PROMPT = new Parameter.Flag("with_prompt", true,
                "Whether circles that begin in the prompt count; without, quoting it is free");

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public StrategyDescription describe(ModelTraits model) {
            return new StrategyDescription(NAME, "Deterministic: the likeliest token unless it walks on in a circle of the text so far. Needs temperature 0",
                    Guarantee.CHANGES_LAW, Parameter.objectSchema(List.of(ALPHA, CANDIDATES, WITH_PROMPT)),
                    Map.of("prediction", "it drafts nothing, so that the prediction would go unused"), List.of());
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            refuseOtherLaws(wish.sampling());
            return new Momentum(ALPHA.read(parameters), CANDIDATES.read(parameters), WITH_PROMPT.read(parameters));
        }

        /** It draws nothing and edits nothing, and would ignore these. */
        private static void refuseOtherLaws(SamplingParameters sampling) throws InvalidDecoding {
            refuse("temperature", sampling.temperature() != 0, "0");
            refuse("frequency_penalty", sampling.frequencyPenalty() != 0, "0");
            refuse("presence_penalty", sampling.presencePenalty() != 0, "0");
            refuse("repetition_penalty", sampling.repetitionPenalty() != 1, "1");
            refuse("logit_bias", !sampling.bias().isEmpty(), "empty");
        }

        private static void refuse(String param, boolean refused, String needed) throws InvalidDecoding {
            if (refused) {
                throw new InvalidDecoding(param, "unsupported_value", "`%s` must be %s with `decoding.strategy` = '%s', which is deterministic"
                        .formatted(param, needed, NAME));
            }
        }
    }
}
