package dev.cadenza.decoding.momentum;

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

/** Device thread only. */
final class MomentumDecoder implements Decoder {
    private final Momentum momentum;
    private final SequenceStart start;
    private final Circles circles = new Circles();
    private final Tally tally = new Tally();

    MomentumDecoder(Momentum momentum, SequenceStart start) {
        this.momentum = momentum;
        this.start = start;
        if (momentum.withPrompt()) {
            for (int token : start.prompt()) {
                circles.append(token);
            }
        }
    }

    @Override
    public Move next(Grant grant) {
        return Move.plain(start.sample(0, Law.GREEDY, tally.tokens()).showing(Math.max(momentum.candidates(), start.topLogprobs())));
    }

    @Override
    public Turn accept(SegmentResult result) {
        Sampled likely = result.samples().getFirst();
        int best = 0;
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < Math.min(momentum.candidates(), likely.topTokens().length); i++) {
            double score = Math.exp(likely.topLogprobs()[i]) - momentum.alpha() * circles.repeated(likely.topTokens()[i]);
            if (score > highest) {
                highest = score;
                best = i;
            }
        }
        int token = likely.topTokens()[best];
        circles.append(token);
        return tally.plain(new Sampled(likely.row(), token, likely.topLogprobs()[best], likely.topTokens(), likely.topLogprobs(),
                likely.uncertainty()).withTop(start.topLogprobs()));
    }

    @Override
    public DecodingReport report(int dropped) {
        return tally.report(Momentum.NAME, start, null, dropped);
    }
}
