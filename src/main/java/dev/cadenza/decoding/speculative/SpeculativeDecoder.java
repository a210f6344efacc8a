package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.AnswerLaw;
import java.util.ArrayList;
import java.util.List;

/**
 * Verifies whatever a source drafts by equality with the draws that {@code standard} would make: the draw at a position is a pure function of the
 * tokens before it, so the answer is the same for any source, any tree and any number of rows. Device thread only.
 *
 * @see "Speculative sampling with a shared random stream; trees as in SpecInfer (Miao et al. 2023), base rule Leviathan et al. 2022"
 */
final class SpeculativeDecoder implements Decoder {
    /** Nodes of a draft that are compared with the next token when none of it ran. */
    private static final int LOOKED_AT = 2;

    /** In a wider batch, where likely tokens cost more than they teach, a source is shown them in one turn of so many. */
    private static final int FEW_SHARERS = 3;
    private static final int SELDOM = 8;

    private final String kind;
    private final SequenceStart start;
    private final int maxDraft;
    private final DraftSource source;
    private final AnswerLaw law;
    private final Confidence confidence = new Confidence();
    private final Tally tally = new Tally();
    private int lastToken;

    /** Of the proposal, that may be drafted. */
    private int rows;
    private Draft proposal = Draft.NONE;
    private Draft draft = Draft.NONE;
    /** Of the move in hand, as {@code topLogprobs}. */
    private int shown;
    private int turns;

    /** @param kind of draft, for the report */
    SpeculativeDecoder(String kind, SequenceStart start, int maxDraft, DraftSource source) {
        this.kind = kind;
        this.start = start;
        this.maxDraft = maxDraft;
        this.source = source;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
        this.lastToken = start.prompt()[start.prompt().length - 1];
    }

    @Override
    public double[] prospects(int most) {
        rows = Math.min(most, Math.min(maxDraft, confidence.rows()));
        proposal = most == 0 ? Draft.NONE : source.draft(Math.max(rows, Math.min(most, LOOKED_AT)));
        return confidence.chances(proposal.first(rows));
    }

    @Override
    public Move next(Grant grant) {
        draft = proposal.first(Math.min(rows, grant.draftRows()));
        boolean shows = source.wantedTop() > 0 && (grant.sharers() <= FEW_SHARERS || turns % SELDOM == 0);
        shown = shows ? Math.max(start.topLogprobs(), source.wantedTop()) : start.topLogprobs();
        List<Want> wants = new ArrayList<>(draft.size() + 1);
        for (int row = 0; row <= draft.size(); row++) {
            int[] path = draft.path(row - 1);
            wants.add(start.sample(row, law.after(path, path.length), tally.tokens() + path.length).showing(shown));
        }
        return Move.tree(draft.tokens(), draft.parents(), wants);
    }

    @Override
    public Turn accept(SegmentResult result) {
        List<Sampled> samples = result.samples();
        for (int row = 0; row < samples.size(); row++) {
            source.observe(row == 0 ? lastToken : draft.tokens()[row - 1], samples.get(row));
        }
        Verified verified = Verified.byEquality(draft, samples.stream().map(this::told).toList());
        for (Gained token : verified.gained()) {
            lastToken = token.sampled().token();
            law.append(lastToken);
            source.append(lastToken);
        }
        if (draft.size() > 0) {
            confidence.settle(draft, verified.right());
        } else {
            confidence.passed(proposal.first(LOOKED_AT), lastToken);
        }
        turns++;
        tally.moved();
        tally.gained(draft.size(), verified.kept().length);
        proposal = Draft.NONE;
        return new Turn(draft.size(), verified.kept(), verified.gained());
    }

    /** What the client asked for, of what the source wanted to see. */
    private Sampled told(Sampled sampled) {
        return shown == start.topLogprobs() ? sampled : sampled.withTop(start.topLogprobs());
    }

    @Override
    public DecodingReport report(int dropped) {
        return tally.report(Speculative.NAME, start, kind, dropped);
    }

    @Override
    public void close() {
        source.close();
    }
}
