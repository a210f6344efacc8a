package dev.cadenza.scheduler;

import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.StepCosts;
import dev.cadenza.decoding.Surroundings.DraftModel;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The draft engine and the lanes that sequences have on it. A lane is opened when its sequence first drafts, if memory suffices; what fails on it, or
 * does not fit, costs the sequence its lane until it is let in anew, and nothing else. Device thread only.
 */
final class DraftLanes {
    private final Engine engine;
    private final Stepper stepper;
    private final MeasuredStepCosts costs;
    private final DraftModel model;

    /** @param modelCosts of the first model's steps */
    DraftLanes(Engines engines, MeasuredStepCosts modelCosts, Counters counters) {
        this.engine = engines.draft();
        this.stepper = new Stepper(engine, counters.draftSteps);
        this.costs = new MeasuredStepCosts(engine);
        double size = weights(engine.shape()) / weights(engines.model().shape());
        this.model = new DraftModel(engine.shape(), relative(costs, modelCosts, size));
    }

    /** Measured on both engines, or by size. */
    private static StepCosts relative(MeasuredStepCosts draft, MeasuredStepCosts model, double size) {
        return rows -> draft.known() && model.known() ? draft.of(rows) : size * model.of(rows);
    }

    /** About as many as a model of usual proportions has. */
    private static double weights(Shape shape) {
        return (12.0 * shape.layers() * shape.hidden() + shape.vocabulary()) * shape.hidden();
    }

    DraftModel model() {
        return model;
    }

    MeasuredStepCosts costs() {
        return costs;
    }

    /** Whether no lane is open. */
    boolean isEmpty() {
        return engine.kvBytesUsed() == 0;
    }

    /**
     * Makes the moves that sequences want on the draft model before their next step, in common steps, until none wants any more.
     *
     * @param draftRows of the next step, per sequence; one without any is not asked
     */
    void draft(List<Sequence> sequences, int[] draftRows) {
        List<Integer> asking = new ArrayList<>(IntStream.range(0, draftRows.length).filter(i -> draftRows[i] > 0).boxed().toList());
        int[] tokens = new int[draftRows.length];
        while (!asking.isEmpty()) {
            List<Sequence> moving = new ArrayList<>(asking.size());
            List<Segment> segments = new ArrayList<>(asking.size());
            for (int i : List.copyOf(asking)) {
                Segment segment = segment(sequences.get(i), draftRows[i], sequences.size(), tokens[i]);
                if (segment == null) {
                    asking.remove((Integer) i);
                } else {
                    tokens[i] += segment.rows();
                    moving.add(sequences.get(i));
                    segments.add(segment);
                }
            }
            if (!segments.isEmpty()) {
                deliver(moving, stepper.step(segments));
            }
        }
    }

    /**
     * @param before tokens that it had computed in this round
     * @return {@code null}: it wants nothing of the draft model, or cannot have it
     */
    private Segment segment(Sequence sequence, int draftRows, int sharers, int before) {
        try {
            Move.OnDraftModel move = sequence.over() || unavailable(sequence) ? null : sequence.draftMove(draftRows, sharers);
            if (move == null) {
                return null;
            }
            int count = move.tokens().length;
            if (count == 0 || count > model.longestMove() || before + count > 2 * model.longestMove()) {
                throw new IllegalStateException("the decoder of '%s' asks the draft model for %d tokens after %d".formatted(
                        sequence.owner().request().strategy().name(), count, before));
            }
            if (sequence.lane() == null) {
                sequence.enter(DraftLane.open(engine, sequence.slots()));
            }
            if (sequence.lane().closed() || !sequence.lane().makeRoom(move)) {
                sequence.laneLost();
                return null;
            }
            return sequence.lane().segment(move);
        } catch (RuntimeException | Error e) {
            sequence.owner().failed(e);
            return null;
        }
    }

    private boolean unavailable(Sequence sequence) {
        return sequence.lane() == null ? !engine.couldOpen(Math.min(sequence.slots(), engine.shape().context()), List.of())
                : sequence.lane().closed();
    }

    private static void deliver(List<Sequence> sequences, List<SegmentResult> results) {
        for (int i = 0; i < results.size(); i++) {
            Sequence sequence = sequences.get(i);
            try {
                if (results.get(i).failure() == null) {
                    sequence.lane().settle();
                    sequence.drafted(results.get(i));
                } else {
                    sequence.laneLost();
                }
            } catch (RuntimeException | Error e) {
                sequence.owner().failed(e);
            }
        }
    }
}
