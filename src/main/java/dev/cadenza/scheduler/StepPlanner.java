package dev.cadenza.scheduler;

import dev.cadenza.engine.Segment;
import java.util.ArrayList;
import java.util.List;

/**
 * Composes a step: one row for each sequence that is up to date, with drafts as far as these rows leave room, shared evenly; then the rows of
 * those behind, oldest first, within the prefill budget. Device thread only.
 */
final class StepPlanner {
    private final int block;
    private final int prefillRows;
    private final int draftRows;

    StepPlanner(SchedulerSettings settings, int prefillBlock) {
        this.block = prefillBlock;
        this.prefillRows = Math.max(prefillBlock, settings.prefillTokens() / prefillBlock * prefillBlock);
        this.draftRows = settings.draftRows();
    }

    /** Sequences and their segments, in one order. */
    record Plan(List<Sequence> sequences, List<Segment> segments) {
        boolean isEmpty() {
            return segments.isEmpty();
        }
    }

    /** @param ready oldest first */
    Plan plan(List<Sequence> ready) {
        Plan plan = new Plan(new ArrayList<>(ready.size()), new ArrayList<>(ready.size()));
        int decoding = 0;
        for (Sequence sequence : ready) {
            decoding += sequence.behind() ? 0 : 1;
        }
        int drafts = Math.max(0, draftRows - decoding);
        for (Sequence sequence : ready) {
            if (!sequence.behind()) {
                add(sequence, 1, drafts / decoding--, plan);
                drafts -= sequence.draftRows();
            }
        }
        int prefill = prefillRows;
        for (Sequence sequence : ready) {
            if (sequence.behind() && prefill > 0) {
                prefill -= add(sequence, prefill, 0, plan);
            }
        }
        return plan;
    }

    /** @return rows of known tokens that it got */
    private int add(Sequence sequence, int limit, int drafts, Plan plan) {
        try {
            Segment segment = sequence.next(limit, block, drafts);
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
