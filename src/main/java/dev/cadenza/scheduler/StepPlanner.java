package dev.cadenza.scheduler;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.StepCosts;
import dev.cadenza.engine.Segment;
import java.util.ArrayList;
import java.util.List;

/**
 * Composes a step: one row for each sequence that is up to date, with drafts as far as they pay; then the rows of those behind, oldest first, within
 * the prefill budget. Device thread only.
 */
final class StepPlanner {
    private final int block;
    private final int prefillRows;
    private final int draftRows;
    private final int places;
    private final StepCosts costs;
    private final DraftLanes lanes;

    /** @param lanes {@code null}: there is no draft model */
    StepPlanner(SchedulerSettings settings, int prefillBlock, StepCosts costs, DraftLanes lanes) {
        this.block = prefillBlock;
        this.prefillRows = Math.max(prefillBlock, settings.prefillTokens() / prefillBlock * prefillBlock);
        this.draftRows = settings.draftRows();
        this.places = settings.maxRunning();
        this.costs = costs;
        this.lanes = lanes;
    }

    /** Sequences and their segments, in one order. */
    record Plan(List<Sequence> sequences, List<Segment> segments) {
        boolean isEmpty() {
            return segments.isEmpty();
        }

        /** Rows beyond one per sequence, when each draws a token and nothing is behind; -1: something is. */
        int draftRows() {
            int rows = 0;
            for (int i = 0; i < segments.size(); i++) {
                if (!sequences.get(i).drawsPlainly()) {
                    return -1;
                }
                rows += segments.get(i).rows() - 1;
            }
            return rows;
        }
    }

    /** Runs what the sequences draft on a draft model; then composes. @param ready oldest first */
    Plan plan(List<Sequence> ready) {
        Plan plan = new Plan(new ArrayList<>(ready.size()), new ArrayList<>(ready.size()));
        List<Sequence> drawing = ready.stream().filter(sequence -> !sequence.behind()).toList();
        int most = Math.max(0, draftRows - drawing.size());
        int[] shares = DraftShares.of(drawing.stream().map(sequence -> prospects(sequence, most)).toList(), most, costs);
        int freeRows = places - ready.stream().mapToInt(Sequence::reservedRows).sum();
        if (lanes != null) {
            lanes.draft(drawing, shares);
        }
        for (int i = 0; i < shares.length; i++) {
            add(drawing.get(i), 1, shares[i], drawing.size(), freeRows, plan);
        }
        int prefill = prefillRows;
        for (Sequence sequence : ready) {
            if (sequence.behind() && prefill > 0) {
                prefill -= add(sequence, prefill, 0, 1, freeRows, plan);
            }
        }
        return plan;
    }

    private static double[] prospects(Sequence sequence, int most) {
        try {
            return sequence.prospects(most);
        } catch (RuntimeException | Error e) {
            sequence.owner().failed(e);
            return Decoder.NOTHING_TO_DRAFT;
        }
    }

    /** @return rows of known tokens that it got */
    private int add(Sequence sequence, int limit, int drafts, int sharers, int freeRows, Plan plan) {
        try {
            Segment segment = sequence.over() ? null : sequence.next(limit, block, drafts, sharers, Math.max(0, freeRows));
            if (segment == null) {
                return 0;
            }
            plan.sequences().add(sequence);
            plan.segments().add(segment);
            return sequence.rows();
        } catch (RuntimeException | Error e) {
            sequence.owner().failed(e);
            return 0;
        }
    }
}
