package dev.cadenza.decoding.standard;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.sampling.AnswerLaw;

/** Device thread only. */
final class StandardDecoder implements Decoder {
    private final SequenceStart start;
    private final AnswerLaw law;
    private final Tally tally = new Tally();

    StandardDecoder(SequenceStart start) {
        this.start = start;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
    }

    @Override
    public Move next(Grant grant) {
        return Move.plain(start.sample(0, law.next(), tally.tokens()));
    }

    @Override
    public Turn accept(SegmentResult result) {
        Sampled sampled = result.samples().getFirst();
        law.append(sampled.token());
        return tally.plain(sampled);
    }

    @Override
    public DecodingReport report(int dropped) {
        return tally.report("standard", start, null, dropped);
    }
}
