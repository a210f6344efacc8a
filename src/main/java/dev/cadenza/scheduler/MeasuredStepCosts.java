package dev.cadenza.scheduler;

import dev.cadenza.decoding.StepCosts;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Step costs of an engine, measured step by step while there is nothing else to do: for some numbers of rows the shortest of a few steps, in between
 * interpolated. Until all are known a fixed guess stands in. Device thread only.
 */
final class MeasuredStepCosts implements StepCosts {
    private static final int[] ROWS = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32};
    private static final int PASSES = 3;
    private static final Law LAW = new Law(1, 0, 1, 0, LogitEdits.NONE);

    private final Engine engine;
    private final double[] shortest = new double[ROWS.length];
    private int taken;

    MeasuredStepCosts(Engine engine) {
        this.engine = engine;
        Arrays.fill(shortest, Double.POSITIVE_INFINITY);
    }

    boolean complete() {
        return taken == PASSES * ROWS.length;
    }

    /** Whether costs are measured, in nanoseconds, and not guessed. */
    boolean known() {
        return complete() && !Double.isInfinite(shortest[ROWS.length - 1]);
    }

    /** Takes one measurement, a step. On an engine that has no room for it none is taken any more. */
    void measureOne() {
        int index = taken % ROWS.length;
        int rows = ROWS[index];
        List<Want> wants = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            wants.add(new Want.Sample(row, LAW, new Draw(0, 0, row, 0), -1));
        }
        try (Region region = engine.open(Math.min(rows, engine.shape().context()))) {
            Segment chain = Segment.chain(region, Role.DECODE, new int[rows], wants);
            long from = System.nanoTime();
            engine.step(new StepPlan(List.of(chain)));
            shortest[index] = Math.min(shortest[index], System.nanoTime() - from);
            taken++;
        } catch (KvExhausted | StepFailed | RuntimeException e) {
            taken = PASSES * ROWS.length;
        }
        if (complete()) {
            for (int i = 1; i < ROWS.length; i++) {
                shortest[i] = Math.max(shortest[i], shortest[i - 1]);
            }
        }
    }

    /** Milliseconds per number of rows measured, for the log. */
    String describe() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ROWS.length; i++) {
            text.append(i == 0 ? "" : " ").append(ROWS[i]).append(':').append(Math.round(shortest[i] / 1e4) / 100.0);
        }
        return text.toString();
    }

    @Override
    public double of(int rows) {
        if (!known()) {
            return UNKNOWN.of(rows);
        }
        int upper = 1;
        while (upper < ROWS.length - 1 && ROWS[upper] < rows) {
            upper++;
        }
        double slope = (shortest[upper] - shortest[upper - 1]) / (ROWS[upper] - ROWS[upper - 1]);
        return shortest[upper] + slope * (rows - ROWS[upper]);
    }
}
