package dev.cadenza.decoding.standard;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.AnswerLaw;
import java.util.List;

/** Device thread only. */
final class StandardDecoder implements Decoder {
    private static final int[] NONE = {};
    private static final Turn ONE_TOKEN = new Turn(NONE, new int[] {0});

    private final SequenceStart start;
    private final AnswerLaw law;
    private int tokens;

    StandardDecoder(SequenceStart start) {
        this.start = start;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
    }

    @Override
    public Move next(Grant grant) {
        Draw draw = new Draw(start.seed(), start.choice(), start.prompt().length + tokens, 0);
        return new Move(NONE, NONE, List.of(new Want.Sample(0, law.next(), draw, start.topLogprobs())));
    }

    @Override
    public Turn accept(List<Sampled> samples) {
        law.append(samples.getFirst().token());
        tokens++;
        return ONE_TOKEN;
    }

    @Override
    public DecodingReport report(int dropped) {
        return new DecodingReport("standard", start.reason(), null, Math.max(0, tokens - 1), tokens - dropped, -1, -1, start.seed());
    }
}
