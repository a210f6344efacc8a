package dev.cadenza.engine;

import java.util.List;

/** One {@link SegmentResult} per segment of the plan, in its order. */
public record StepResult(List<SegmentResult> segments) {
    public StepResult {
        segments = List.copyOf(segments);
    }
}
