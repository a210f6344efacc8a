package dev.cadenza.decoding.cntp;

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
import java.util.List;
import java.util.Map;

/**
 * Cautious next token prediction: where the law is flat, several continuations to the next punctuation mark, or to where the answer would end, are
 * sampled, and the one with the lowest perplexity is kept.
 *
 * @param maxTrials      paths sampled at most, 1 ..
 * @param minEntropy     nats up to which one path is sampled
 * @param maxEntropy     nats from which {@code maxTrials} are, above {@code minEntropy}
 * @param maxTrialTokens a path this long counts as ended, 1 ..
 * @param entropyOn      the law whose entropy decides
 * @param onPressure     what happens when memory or places are short
 * @see "Wang et al., Cautious Next Token Prediction, 2025; number of trials as in the authors' code"
 */
public record Cntp(int maxTrials, double minEntropy, double maxEntropy, int maxTrialTokens, EntropyOn entropyOn, OnPressure onPressure)
        implements Strategy {
    public static final StrategyFamily FAMILY = new Family();
    static final String NAME = "cntp";

    public Cntp {
        if (maxTrials < 1 || maxTrialTokens < 1 || !(minEntropy < maxEntropy)) {
            throw new IllegalArgumentException("%d trials of %d tokens, entropies %s to %s".formatted(maxTrials, maxTrialTokens, minEntropy, maxEntropy));
        }
    }

    /** PROCESSED: the law that tokens are drawn from; RAW: the model's own. */
    public enum EntropyOn {
        PROCESSED, RAW
    }

    /** WAIT: all trials have their place from the start, or the request waits; DEGRADE: fewer trials are sampled when there is no room. */
    public enum OnPressure {
        WAIT, DEGRADE
    }

    /** Paths to sample at this entropy, 1 .. maxTrials. */
    int trials(double entropy) {
        double share = Math.clamp((entropy - minEntropy) / (maxEntropy - minEntropy), 0, 1);
        return (int) Math.floor(1 + (maxTrials - 1) * share);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Guarantee guarantee() {
        return maxTrials == 1 ? Guarantee.LOSSLESS : Guarantee.CHANGES_LAW;
    }

    @Override
    public int reservedRows() {
        return onPressure == OnPressure.WAIT ? maxTrials : 1;
    }

    @Override
    public int reservedNodes() {
        return onPressure == OnPressure.WAIT && maxTrials > 1 ? maxTrials * (maxTrialTokens - 1) : 0;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new CntpDecoder(this, start);
    }

    private record Family() implements StrategyFamily {
        private static final Parameter.Whole MAX_TRIALS = new Parameter.Whole("max_trials", 10, 1, 32, "Paths sampled where the law is flattest");
        private static final Parameter.Decimal MIN_ENTROPY = new Parameter.Decimal("min_entropy", 0.01, 0, 10,
                "Nats up to which one path is sampled, below max_entropy");
        private static final Parameter.Decimal MAX_ENTROPY = new Parameter.Decimal("max_entropy", 1.5, 0.02, 20, "Nats from which max_trials paths are");
        private static final Parameter.Whole MAX_TRIAL_TOKENS = new Parameter.Whole("max_trial_tokens", 32, 1, 128,
                "A path this long counts as ended, punctuation or not");
        private static final Parameter.Choice ENTROPY_ON = new Parameter.Choice("entropy_on", "processed", List.of("processed", "raw"), List.of(),
                "The law whose entropy decides: the one that tokens are drawn from, or the model's own");
        private static final Parameter.Choice ON_PRESSURE = new Parameter.Choice("on_pressure", "wait", List.of("wait", "degrade"), List.of(),
                "wait: start only when there is room for all trials; degrade: sample fewer when there is none");

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public StrategyDescription describe(ModelTraits model) {
            return new StrategyDescription(NAME, "Where the model is unsure, samples several continuations to the next punctuation mark and keeps the likeliest",
                    Guarantee.CHANGES_LAW, Parameter.objectSchema(List.of(MAX_TRIALS, MIN_ENTROPY, MAX_ENTROPY, MAX_TRIAL_TOKENS, ENTROPY_ON, ON_PRESSURE)),
                    Map.of("prediction", "it drafts nothing, so that the prediction would go unused"), List.of());
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            double min = MIN_ENTROPY.read(parameters);
            double max = MAX_ENTROPY.read(parameters);
            if (!(min < max)) {
                throw new InvalidDecoding(parameters.path(MIN_ENTROPY.name()), "decimal_above_max_value", "`%s` must be below `%s` = %s, got %s"
                        .formatted(parameters.path(MIN_ENTROPY.name()), parameters.path(MAX_ENTROPY.name()), max, min));
            }
            return new Cntp(MAX_TRIALS.read(parameters), min, max, MAX_TRIAL_TOKENS.read(parameters),
                    ENTROPY_ON.read(parameters).equals("raw") ? EntropyOn.RAW : EntropyOn.PROCESSED,
                    ON_PRESSURE.read(parameters).equals("wait") ? OnPressure.WAIT : OnPressure.DEGRADE);
        }
    }
}
