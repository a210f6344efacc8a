package dev.cadenza.scheduler;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs a step so that a failure costs only the segments that cause it: those the engine names, otherwise those found by running halves of the
 * batch. A step of n segments takes at most 2n - 1 engine steps. Device thread only.
 */
final class Stepper {
    private static final System.Logger LOG = System.getLogger(Stepper.class.getName());

    private final Engine engine;
    private final AtomicLong steps;

    /** @param steps counts those that did not fail */
    Stepper(Engine engine, AtomicLong steps) {
        this.engine = engine;
        this.steps = steps;
    }

    /** @return one per segment; a failed one has no samples, and its region may only be closed */
    List<SegmentResult> step(List<Segment> segments) {
        try {
            List<SegmentResult> results = engine.step(new StepPlan(segments)).segments();
            steps.incrementAndGet();
            if (results.size() != segments.size()) {
                throw new IllegalStateException("the engine gave %d results for %d segments".formatted(results.size(), segments.size()));
            }
            return results;
        } catch (StepFailed e) {
            return stepParts(segments, e, e.guilty());
        } catch (RuntimeException e) {
            return stepParts(segments, e, Set.of());
        }
    }

    private List<SegmentResult> stepParts(List<Segment> segments, Exception cause, Set<Integer> guilty) {
        LOG.log(System.Logger.Level.WARNING, "event=step_failed segments=" + segments.size() + " guilty=" + guilty, cause);
        int count = segments.size();
        if (count == 1) {
            return List.of(SegmentResult.failed("the step failed: " + cause.getMessage()));
        }
        boolean[] failed = new boolean[count];
        guilty.stream().filter(index -> index >= 0 && index < count).forEach(index -> failed[index] = true);
        List<Segment> innocent = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            if (!failed[i]) {
                innocent.add(segments.get(i));
            }
        }
        if (innocent.size() == count) {
            List<SegmentResult> results = new ArrayList<>(step(segments.subList(0, count / 2)));
            results.addAll(step(segments.subList(count / 2, count)));
            return results;
        }
        SegmentResult[] results = new SegmentResult[count];
        Arrays.fill(results, SegmentResult.failed("the step failed: " + cause.getMessage()));
        if (!innocent.isEmpty()) {
            List<SegmentResult> good = step(innocent);
            for (int i = 0, next = 0; i < count; i++) {
                results[i] = failed[i] ? results[i] : good.get(next++);
            }
        }
        return List.of(results);
    }
}
