package dev.cadenza.decoding.reflex;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.sampling.AnswerLaw;

/** Device thread only. */
final class CyclicReflexDecoder implements Decoder {
    private final CyclicReflex reflex;
    private final SequenceStart start;
    private final AnswerLaw law;
    private final int[] words;
    private final Tally tally = new Tally();
    private boolean thinks = true;

    CyclicReflexDecoder(CyclicReflex reflex, SequenceStart start) {
        this.reflex = reflex;
        this.start = start;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
        this.words = reflex.words().stream().mapToInt(i -> i).toArray();
    }

    @Override
    public Move next(Grant grant) {
        Law plain = law.next();
        Law next = thinks ? plain.with(plain.edits().plus(words, (float) reflex.wave().at(tally.tokens()))) : plain;
        return Move.plain(start.sample(0, next, tally.tokens()));
    }

    @Override
    public Turn accept(SegmentResult result) {
        Sampled sampled = result.samples().getFirst();
        thinks &= sampled.token() != reflex.endOfThinking();
        law.append(sampled.token());
        return tally.plain(sampled);
    }

    @Override
    public DecodingReport report(int dropped) {
        return tally.report(CyclicReflex.NAME, start, null, dropped);
    }
}
