package dev.cadenza.decoding.cntp;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;

/**
 * Cautious next token prediction: where the law is flat, several continuations to the next punctuation mark are sampled, and the one with the lowest
 * perplexity is kept.
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
}
