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
 * interpolated. Until all are known a fixed guess stands in. What drafts really add, with the contexts, trees and laws of the day, is learned from the
 * steps that run, apart by the number of sequences. Device thread only.
 */
final class MeasuredStepCosts implements StepCosts {
    private static final int[] ROWS = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32};
    /** The first are of kernels that are still being compiled: after three of them a row seemed to cost up to 1.8 times what it does later. */
    private static final int PASSES = 7;
    private static final Law LAW = new Law(1, 0, 1, 0, LogitEdits.NONE);

    /** Sequences of a step, by powers of two: beyond the last ones nobody drafts. */
    private static final int WIDTHS = 8;

    private final Engine engine;
    private final Width[] widths = new Width[WIDTHS];
    private final double[] shortest = new double[ROWS.length];
    private int taken;

    MeasuredStepCosts(Engine engine) {
        this.engine = engine;
        Arrays.fill(shortest, Double.POSITIVE_INFINITY);
        Arrays.setAll(widths, _ -> new Width());
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

    /** A step of nothing but next tokens and drafts has run. */
    void observe(int sequences, int draftRows, long nanos) {
        double added = draftRows == 0 ? 0 : of(sequences + draftRows) / of(sequences) - 1;
        width(sequences).observe(nanos / of(sequences), added);
    }

    @Override
    public double of(int sequences, int draftRows) {
        double plain = of(sequences);
        return plain + width(sequences).inflation() * (of(sequences + draftRows) - plain);
    }

    private Width width(int sequences) {
        return widths[Math.min(WIDTHS - 1, Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(0, sequences - 1)))];
    }

    /** What was learned of steps of about so many sequences. */
    private static final class Width {
        private static final double NEWS = 0.05;
        private static final double MEMORY = 0.98;
        /** Weight of the expectation: that of a step whose drafts add one half. */
        private static final double TRUST = 0.5;
        /** So many steps without drafts, and half of what was learned is doubted again. */
        private static final double DOUBT = Math.pow(0.5, 1.0 / 500);
        /** A step that took longer, or whose drafts cost so many times what was expected, met something else. */
        private static final double LONGEST = 3;
        /** What drafts may seem to add at least before that is doubted: of few a fair share is below the noise. */
        private static final double LIKELY = 0.5;

        /** Of a step without drafts, over its expected duration; 0: not seen yet. */
        private double plain;
        /** What drafts added, and what they were expected to add, over the plain step: sums that fade. */
        private double added = TRUST;
        private double expected = TRUST;

        double inflation() {
            return added / expected;
        }

        /** @param duration over that expected of the step without its drafts @param drafts what they should add, over the same */
        void observe(double duration, double drafts) {
            if (drafts <= 0) {
                plain = plain == 0 ? duration : plain + NEWS * (Math.min(duration, LONGEST * plain) - plain);
                added = expected + DOUBT * (added - expected);
            } else if (plain > 0) {
                added = Math.max(0, MEMORY * added + Math.min(duration / plain - 1, Math.max(LIKELY, LONGEST * drafts)));
                expected = MEMORY * expected + drafts;
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
