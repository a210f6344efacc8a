package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import java.util.Arrays;
import java.util.List;

/** Drafts the text that the client expects, from where the answer has followed it to. */
final class Prediction implements DraftSource {
    private static final double ODDS = 0.9;

    private final int[] predicted;
    private int at;

    Prediction(int[] predicted) {
        this.predicted = predicted;
    }

    @Override
    public Draft draft(int most) {
        int[] tokens = Arrays.copyOfRange(predicted, at, Math.min(predicted.length, at + most));
        double[] odds = new double[tokens.length];
        Arrays.fill(odds, ODDS);
        return Draft.chain(tokens, odds);
    }

    @Override
    public void append(int token) {
        if (at < predicted.length && predicted[at] == token) {
            at++;
        }
    }

    record Kind() implements DraftKind {
        private static final Parameter.Whole MAX_DRAFT = Speculative.maxDraft(32);

        @Override
        public String name() {
            return Speculative.PREDICTION;
        }

        @Override
        public String summary() {
            return "The request's own prediction of the answer";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            return List.of(MAX_DRAFT);
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            int[] predicted = wish.prediction();
            return new Speculative(name(), MAX_DRAFT.read(parameters), _ -> new Prediction(predicted));
        }
    }
}
