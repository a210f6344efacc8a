package dev.cadenza.engine;

import java.util.List;

/**
 * The work of one step.
 *
 * @param segments one per sequence at most; the order has no influence on any result
 */
public record StepPlan(List<Segment> segments) {
    public StepPlan {
        segments = List.copyOf(segments);
    }

    /** Rows (tokens) of all segments together. */
    public int rows() {
        int rows = 0;
        for (Segment segment : segments) {
            rows += segment.rows();
        }
        return rows;
    }
}
