package dev.cadenza.decoding;

import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import java.util.Map;
import java.util.OptionalInt;

/** Strategies by their names on the wire, as tests want them. */
public final class Decodings {
    /** Four layers, a context of 100, a second model, and a token that is "wait". */
    public static final ModelTraits MODEL = new ModelTraits(ToyEngine.shape(10, 100, 100), true,
            text -> text.equals("wait") ? OptionalInt.of(3) : OptionalInt.empty());

    /** No token ends anything. */
    public static final TokenTraits NO_TRAITS = new TokenTraits() {
        @Override
        public boolean ends(int token) {
            return false;
        }

        @Override
        public boolean endsClause(int token) {
            return false;
        }
    };

    private Decodings() {
    }

    /** {@code decoding: {strategy: speculative, speculative: parameters}}. */
    public static Strategy speculative(Map<String, Object> parameters) {
        return of(Map.of("strategy", "speculative", "speculative", parameters), null);
    }

    public static Strategy of(Map<String, Object> decoding, int[] prediction) {
        try {
            return new StrategySelector("standard", MODEL).select(new Wish(decoding, prediction, 1, 1, 1)).strategy();
        } catch (InvalidDecoding e) {
            throw new AssertionError(e);
        }
    }

    /** The start of a sequence that is alone in the world. */
    public static SequenceStart start(int[] prompt, SamplingParameters sampling, long seed, int choice, int topLogprobs) {
        var surroundings = new Surroundings(MODEL.shape(), StepCosts.UNKNOWN, null, NO_TRAITS, new SharedMemory(1).scope(null));
        return new SequenceStart(prompt, sampling, seed, choice, topLogprobs, false, AnswerEnd.NOWHERE, "request", surroundings);
    }
}
