package dev.cadenza.decoding.skip;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.sampling.AnswerLaw;
import java.util.List;

/** Draws one token per step through ever fewer layers. Device thread only. */
final class SkipDecodeDecoder implements Decoder {
    private final SequenceStart start;
    private final DepthSchedule schedule;
    private final AnswerLaw law;
    private final Tally tally = new Tally();

    SkipDecodeDecoder(SequenceStart start, DepthSchedule schedule) {
        this.start = start;
        this.schedule = schedule;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
    }

    @Override
    public Move next(Grant grant) {
        LayerSet layers = tally.tokens() == 0 ? LayerSet.ALL : schedule.set(tally.tokens() - 1);
        return new Move.Tokens(true, Move.NO_DRAFT, Move.NO_DRAFT, layers, List.of(start.sample(0, law.next(), tally.tokens())));
    }

    @Override
    public LayerSet layers(int index) {
        return schedule.set(index);
    }

    @Override
    public Turn accept(SegmentResult result) {
        Sampled sampled = result.samples().getFirst();
        law.append(sampled.token());
        return tally.plain(sampled);
    }

    @Override
    public DecodingReport report(int dropped) {
        int tokens = tally.tokens() - dropped;
        return tally.report(SkipDecode.NAME, start, null, dropped).withLayers(schedule.run(tokens), (long) schedule.layers() * tokens);
    }
}
