package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Tally;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.AnswerLaw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A turn is some drafting moves of one row each, then the verifying move; or a plain move. Drafts are drawn with the very random numbers of their
 * positions, so that a draft is right wherever the shortened pass and the whole one prefer the same token, sampled or not. Whatever is drafted, the
 * answer is the one of {@code standard}. Device thread only.
 *
 * @see "LayerSkip, arXiv 2404.16710: verification from kept hidden states"
 */
final class EarlyExitDecoder implements Decoder {
    private final EarlyExit strategy;
    private final SequenceStart start;
    private final Shape shape;
    private final LayerSet shortened;
    private final AnswerLaw law;
    private final DraftLength length;
    private final Tally tally = new Tally();

    // The turn in hand: draft tokens to make, those made, and the drafting rows that have run.
    private int planned;
    private final int[] drafts;
    private int rows;
    /** Whether the last move asked for is a drafting one. */
    private boolean drafting;

    EarlyExitDecoder(EarlyExit strategy, SequenceStart start) {
        this.strategy = strategy;
        this.start = start;
        this.shape = start.surroundings().shape();
        this.shortened = strategy.shortcut().layers(shape.layers());
        this.law = new AnswerLaw(start.sampling(), start.prompt());
        this.length = new DraftLength(count -> strategy.shortcut().duration(count, shape, start.surroundings().costs()));
        this.drafts = new int[strategy.maxDraft()];
    }

    @Override
    public Move next(Grant grant) {
        // In a step that others share a drafting move takes the time of a whole one.
        boolean hurried = grant.sharers() > 1 && !strategy.eager();
        if (rows == 0) {
            int most = Math.min(strategy.maxDraft(), grant.room());
            planned = strategy.eager() ? most : hurried ? 0 : length.next(most);
        }
        drafting = !hurried && rows < strategy.shortcut().rows(planned);
        return drafting ? draft() : verify();
    }

    private Move draft() {
        List<Want> wants = new ArrayList<>(2);
        if (rows < planned) {
            wants.add(new Want.Sample(0, law.after(drafts, rows), start.draw(tally.tokens() + rows, 0), -1));
        }
        if (strategy.shortcut() instanceof EarlyExit.FirstLayers(int exit)) {
            wants.add(new Want.KeepHidden(0, exit));
        }
        return rows == 0 ? new Move.Tokens(true, Move.NO_DRAFT, Move.NO_DRAFT, shortened, wants)
                : new Move.Tokens(false, new int[] {drafts[rows - 1]}, new int[] {rows - 2}, shortened, wants);
    }

    private Move verify() {
        int count = strategy.shortcut().drafts(rows);
        List<Want> wants = IntStream.rangeClosed(0, count).<Want>mapToObj(this::verifying).toList();
        if (rows > 0 && strategy.shortcut() instanceof EarlyExit.FirstLayers(int exit)) {
            return new Move.Resume(LayerSet.range(exit, shape.layers()), wants);
        }
        int first = firstVerified();
        int[] parents = IntStream.range(0, count).map(i -> i == 0 ? -1 : first + i - 1).toArray();
        return Move.tree(Arrays.copyOf(drafts, count), parents, wants);
    }

    /** Draws what follows so many drafts, on the row of that number. */
    private Want verifying(int count) {
        return start.sample(count, law.after(drafts, count), tally.tokens() + count);
    }

    /** The node that verifies the first draft: its drafting row, or the first of those that the verifying move adds. */
    private int firstVerified() {
        return strategy.shortcut() instanceof EarlyExit.Without ? Math.max(0, rows - 1) : 0;
    }

    @Override
    public Turn accept(SegmentResult result) {
        tally.moved();
        List<Sampled> samples = result.samples();
        if (drafting) {
            if (!samples.isEmpty()) {
                drafts[rows] = samples.getFirst().token();
            }
            rows++;
            return Turn.GOES_ON;
        }
        int count = strategy.shortcut().drafts(rows);
        int accepted = 0;
        while (accepted < count && samples.get(accepted).token() == drafts[accepted]) {
            accepted++;
        }
        List<Gained> gained = new ArrayList<>(accepted + 1);
        for (int i = 0; i <= accepted; i++) {
            gained.add(new Gained(samples.get(i), i < accepted ? Source.DRAFT : accepted == 0 ? Source.MODEL : Source.BONUS));
            law.append(samples.get(i).token());
        }
        int first = firstVerified();
        length.settle(count, accepted);
        tally.gained(count, accepted);
        rows = 0;
        return new Turn(count, IntStream.range(first, first + accepted).toArray(), gained);
    }

    @Override
    public void interrupted() {
        rows = 0;
    }

    @Override
    public DecodingReport report(int dropped) {
        return tally.report(Speculative.NAME, start, EarlyExit.KIND, dropped);
    }
}
