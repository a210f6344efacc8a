package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.StepCosts;
import dev.cadenza.decoding.Surroundings.DraftModel;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.AnswerLaw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Drafts on a second model, token by token, then verifies on the first. The draft model computes the sequence's tokens as they are needed, at most a
 * chunk in a turn; a turn whose tokens do not fit into one is plain. Where drafts cannot pay the draft model is not asked at all. Device thread only.
 *
 * @see "Leviathan et al., Fast Inference from Transformers via Speculative Decoding, arXiv 2211.17192"
 */
final class ModelDraftDecoder implements Decoder {
    /** Odds of a position's candidates before anything is known. */
    private static final double[] ODDS = {0.7, 0.1, 0.05, 0.03};
    /** Turns without asking, after rows were granted and the draft model was not to be had. */
    private static final int PATIENCE = 16;

    private final SequenceStart start;
    private final int maxDraft;
    private final int siblings;
    private final DraftRule rule;
    private final AnswerLaw law;
    private final Confidence confidence = new Confidence();
    private final Tally tally = new Tally();
    private int[] tokens;
    private int known;
    /** Leading tokens of the sequence, and then of the draft's chain, that the draft model has computed. */
    private int computed;
    private int pause;

    // The turn in hand: the draft level by level, and per level the node that the next one hangs on.
    private Draft draft = Draft.NONE;
    private final List<Integer> chain = new ArrayList<>();
    private boolean tookChunk;

    // The latest move: on the draft model (else null), or verifying these first nodes of the draft.
    private Move.OnDraftModel asked;
    private Draft verifying = Draft.NONE;
    private Grant grant = Grant.PLAIN;

    ModelDraftDecoder(SequenceStart start, int maxDraft, int siblings, DraftRule rule) {
        this.start = start;
        this.maxDraft = maxDraft;
        this.siblings = siblings;
        this.rule = rule;
        this.law = new AnswerLaw(start.sampling(), start.prompt());
        this.tokens = Arrays.copyOf(start.prompt(), start.prompt().length + 64);
        this.known = start.prompt().length;
    }

    @Override
    public double[] prospects(int most) {
        DraftModel model = start.surroundings().draftModel();
        int rows = Math.min(Math.min(most, Speculative.MOST_ROWS), Math.min(maxDraft * siblings, confidence.rows()));
        if (model == null || rows <= 0 || pause > 0) {
            return NOTHING_TO_DRAFT;
        }
        StepCosts costs = start.surroundings().costs();
        // A draft step of this sequence's own holds up everyone who shares the main step.
        double cost = grant.sharers() * model.costs().of(1) / costs.of(grant.sharers());
        return DraftGain.of(confidence.chances(expected(rows)), siblings, cost);
    }

    @Override
    public Move next(Grant given) {
        grant = given;
        asked = given.draftModel() && draft.size() < given.draftRows() && chain.size() < maxDraft && !tookChunk ? onDraftModel() : null;
        if (asked != null) {
            return asked;
        }
        verifying = draft.first(given.draftRows());
        List<Want> wants = new ArrayList<>();
        for (int row = 0; row <= verifying.size(); row++) {
            int[] path = verifying.path(row - 1);
            wants.addAll(verifying.size() == 0 ? List.of(plain()) : rule.verifying(row, law.after(path, path.length), known + path.length));
        }
        return Move.tree(verifying.tokens(), verifying.parents(), wants);
    }

    private Want plain() {
        return new EqualityRule(start).verifying(0, law.next(), known).getFirst();
    }

    private Move.OnDraftModel onDraftModel() {
        int[] drafted = draft.path(chain.isEmpty() ? -1 : chain.getLast());
        int chunk = start.surroundings().draftModel().longestMove();
        int end = Math.min(known + drafted.length, computed + chunk);
        int[] line = Arrays.copyOf(tokens, known + drafted.length);
        System.arraycopy(drafted, 0, line, known, drafted.length);
        List<Want> wants = end < line.length ? List.of()
                : List.of(rule.wanted(end - computed - 1, law.after(drafted, drafted.length), line.length));
        return new Move.OnDraftModel(computed, Arrays.copyOfRange(line, computed, end), wants);
    }

    @Override
    public Turn accept(SegmentResult result) {
        if (asked == null) {
            return verified(result);
        }
        computed += asked.tokens().length;
        if (asked.wants().isEmpty()) {
            tookChunk = true;
        } else {
            int level = chain.size();
            int parent = level == 0 ? -1 : chain.getLast();
            int[] candidates = rule.candidates(result, known + level, Math.min(siblings, grant.draftRows() - draft.size()));
            chain.add(draft.size());
            draft = draft.with(parent, candidates, Arrays.copyOf(ODDS, candidates.length));
        }
        return Turn.GOES_ON;
    }

    private Turn verified(SegmentResult result) {
        Verified verified = verifying.size() == 0 ? Verified.byEquality(verifying, result.samples()) : rule.verified(verifying, result, known);
        int onChain = 0;
        while (onChain < verified.kept().length && verified.kept()[onChain] == chain.get(onChain)) {
            onChain++;
        }
        computed = Math.min(computed, known + onChain);
        for (Gained gained : verified.gained()) {
            append(gained.sampled().token());
        }
        if (verifying.size() > 0) {
            confidence.settle(verifying, verified.right());
        } else {
            confidence.passed();
            pause = grant.draftRows() > 0 && !tookChunk ? PATIENCE : Math.max(0, pause - 1);
        }
        tally.moved();
        tally.gained(verifying.size(), verified.kept().length);
        Turn turn = new Turn(verifying.size(), verified.kept(), verified.gained());
        begin();
        return turn;
    }

    private void append(int token) {
        if (known == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * known);
        }
        tokens[known++] = token;
        law.append(token);
    }

    private void begin() {
        draft = Draft.NONE;
        verifying = Draft.NONE;
        chain.clear();
        tookChunk = false;
        asked = null;
        rule.begin();
    }

    /** A draft of so many rows before it is drawn. */
    private Draft expected(int rows) {
        Draft expected = Draft.NONE;
        for (int parent = -1; expected.size() < rows;) {
            int level = Math.min(siblings, rows - expected.size());
            int first = expected.size();
            expected = expected.with(parent, new int[level], Arrays.copyOf(ODDS, level));
            parent = first;
        }
        return expected;
    }

    @Override
    public void interrupted() {
        computed = 0;
        begin();
    }

    @Override
    public DecodingReport report(int dropped) {
        return tally.report(Speculative.NAME, start, ModelDraft.KIND, dropped);
    }
}
