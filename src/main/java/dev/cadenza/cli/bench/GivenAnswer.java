package dev.cadenza.cli.bench;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.AnswerLaw;
import java.util.List;
import java.util.function.Consumer;

/**
 * Says an answer that is known beforehand, each token through every layer in the rows that {@code standard} would have, and tells what the model
 * would have said instead. So an answer of {@code standard} agrees with it to the last token.
 *
 * @param tokens of the answer, 1 or more; the request must want as many and no trace
 * @param score  told once, on the device thread, before the answer is finished
 */
record GivenAnswer(List<Integer> tokens, Consumer<FullModelScore> score) implements Strategy {
    private static final Law RAW = new Law(1, 0, 1, 0, LogitEdits.NONE);

    GivenAnswer {
        tokens = List.copyOf(tokens);
    }

    @Override
    public String name() {
        return "given_answer";
    }

    @Override
    public Guarantee guarantee() {
        return Guarantee.CHANGES_LAW;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new Saying(this, start);
    }

    /** Device thread only. */
    private static final class Saying implements Decoder {
        private final GivenAnswer given;
        private final SequenceStart start;
        private final AnswerLaw law;
        private final Tally tally = new Tally();
        private FullModelScore soFar = FullModelScore.NOTHING;

        Saying(GivenAnswer given, SequenceStart start) {
            this.given = given;
            this.start = start;
            this.law = new AnswerLaw(start.sampling(), start.prompt());
        }

        @Override
        public Move next(Grant grant) {
            var draw = new Draw(start.seed(), start.choice(), start.prompt().length + tally.tokens(), 0);
            return Move.plain(new Want.Sample(0, law.next(), draw, -1), new Want.Probabilities(0, RAW));
        }

        @Override
        public Turn accept(SegmentResult result) {
            int said = given.tokens.get(tally.tokens());
            Sampled drawn = result.samples().getFirst();
            double logprob = Math.log(result.probabilities().getFirst()[said]);
            soFar = soFar.plus(new FullModelScore(1, logprob, drawn.token() == said ? 1 : 0));
            law.append(said);
            tally.moved();
            tally.gained(0, 0);
            if (tally.tokens() == given.tokens.size()) {
                given.score.accept(soFar);
            }
            return Turn.plain(new Sampled(0, said, (float) logprob, new int[0], new float[0]));
        }

        @Override
        public DecodingReport report(int dropped) {
            return tally.report(given.name(), start, null, dropped);
        }
    }
}
