package dev.cadenza.decoding.speculative;

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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Drafts what followed the latest match of the last tokens and keeps the part that equals the draws. Device thread only.
 *
 * @see "Saxena, Prompt Lookup Decoding, 2023; verification by shared noise as in the engine's CandidateDraw"
 */
final class PromptLookupDecoder implements Decoder {
    private final SequenceStart start;
    private final AnswerLaw law;
    private final NgramIndex sequence;
    private final DraftCredit credit;

    private int[] draft = new int[0];
    private int turns;
    private int tokens;
    private int drafted;
    private int accepted;
    private int lastAccepted;

    PromptLookupDecoder(Speculative parameters, SequenceStart start) {
        this.start = start;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
        this.sequence = new NgramIndex(parameters.minNgram(), parameters.maxNgram(), start.prompt());
        this.credit = new DraftCredit(parameters.maxDraft());
    }

    @Override
    public Move next(Grant grant) {
        draft = sequence.draft(Math.min(grant.draftRows(), credit.rows()));
        int[] parents = new int[draft.length];
        List<Want> wants = new ArrayList<>(draft.length + 1);
        for (int row = 0; row <= draft.length; row++) {
            Draw draw = new Draw(start.seed(), start.choice(), start.prompt().length + tokens + row, 0);
            wants.add(new Want.Sample(row, law.after(draft, row), draw, start.topLogprobs()));
            if (row < draft.length) {
                parents[row] = row - 1;
            }
        }
        return new Move(draft, parents, wants);
    }

    @Override
    public Turn accept(List<Sampled> samples) {
        int kept = 0;
        while (kept < draft.length && samples.get(kept).token() == draft[kept]) {
            kept++;
        }
        for (int i = 0; i <= kept; i++) {
            law.append(samples.get(i).token());
            sequence.append(samples.get(i).token());
        }
        credit.settle(draft.length, kept);
        turns++;
        tokens += kept + 1;
        drafted += draft.length;
        accepted += kept;
        lastAccepted = kept;
        return new Turn(IntStream.range(0, kept).toArray(), IntStream.rangeClosed(0, kept).toArray());
    }

    @Override
    public DecodingReport report(int dropped) {
        // The turn's last token is drawn, not drafted.
        int acceptedInAnswer = accepted - Math.min(lastAccepted, Math.max(0, dropped - 1));
        return new DecodingReport("speculative", start.reason(), Speculative.PROMPT_LOOKUP, Math.max(0, turns - 1), tokens - dropped, drafted,
                acceptedInAnswer, start.seed());
    }
}
