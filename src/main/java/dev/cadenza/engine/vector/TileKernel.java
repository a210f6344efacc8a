package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.FLOATS;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Products of many rows with weights that are taken apart once for all of them, a {@link Strip} at a time. Lanes are outputs, and an output adds its
 * inputs in their order, a group's codes times inputs first: the sums of {@link CodeKernel} and {@link FloatKernel}, whatever the number of rows.
 *
 * <p>The loops over inputs step by a parameter, {@code one}: unrolled by the compiler they would load all inputs first and spill.
 */
final class TileKernel {
    /** Blocks of outputs of a strip. With six rows their sums just fit in AVX2's 16 registers, those of all groups included in AVX-512's 32. */
    static final int BLOCKS = 2;
    /** Of a tile. */
    static final int ROWS = 6;
    /** Inputs of a strip, whose weights stay in the nearest cache while all tiles of rows pass. */
    static final int INPUTS = 128;
    /** Room for a block's scales and bases. */
    static final int SCALES = INPUTS / InputPanel.GROUP * 2 * LANES;

    /** Not final, so that the compiler does not know it. */
    private static int one = 1;

    /** A thread's room for two blocks of outputs. */
    static final class Strip {
        /** Of some inputs, taken apart: [inputs, 2, lanes]. */
        final float[] weights = new float[INPUTS * BLOCKS * LANES];
        /** Per block, from multiples of {@link #SCALES} on, [groups, 2, lanes]: scales, then bases. */
        final float[] scales = new float[BLOCKS * SCALES];
        /** Outputs of all rows: [rows, 2, lanes]. */
        float[] y = new float[0];

        /** Outputs of so many rows are zero. */
        void clear(int rows) {
            int size = rows * BLOCKS * LANES;
            if (y.length < size) {
                y = new float[size];
            } else {
                Arrays.fill(y, 0, size, 0);
            }
        }
    }

    private TileKernel() {
    }

    /**
     * Adds the products of a tile of six rows to their outputs.
     *
     * @param inputs  of the strip
     * @param size    inputs of a group; the last may have fewer
     * @param x       inputs from {@code xAt}: [inputs, 6]
     * @param sums    of each group's inputs from {@code sumsAt}: [groups, 6]
     * @param yAt     where the strip has the first row's outputs
     */
    static void add(Strip strip, int inputs, int size, float[] x, int xAt, float[] sums, int sumsAt, int yAt) {
        sixRows(strip, inputs, size, x, xAt, sums, sumsAt, strip.y, yAt, one);
    }

    private static void sixRows(Strip strip, int inputs, int size, float[] x, int xAt, float[] sums, int sumsAt, float[] y, int yAt, int one) {
        float[] weights = strip.weights;
        float[] scales = strip.scales;
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector ya0 = FloatVector.fromArray(FLOATS, y, yAt), yb0 = FloatVector.fromArray(FLOATS, y, yAt + LANES);
        FloatVector ya1 = FloatVector.fromArray(FLOATS, y, yAt + 2 * LANES), yb1 = FloatVector.fromArray(FLOATS, y, yAt + 3 * LANES);
        FloatVector ya2 = FloatVector.fromArray(FLOATS, y, yAt + 4 * LANES), yb2 = FloatVector.fromArray(FLOATS, y, yAt + 5 * LANES);
        FloatVector ya3 = FloatVector.fromArray(FLOATS, y, yAt + 6 * LANES), yb3 = FloatVector.fromArray(FLOATS, y, yAt + 7 * LANES);
        FloatVector ya4 = FloatVector.fromArray(FLOATS, y, yAt + 8 * LANES), yb4 = FloatVector.fromArray(FLOATS, y, yAt + 9 * LANES);
        FloatVector ya5 = FloatVector.fromArray(FLOATS, y, yAt + 10 * LANES), yb5 = FloatVector.fromArray(FLOATS, y, yAt + 11 * LANES);
        int from = 0;
        int scale = 0;
        int at = xAt;
        int sum = sumsAt;
        for (int first = 0; first < inputs; first += size) {
            int count = Math.min(size, inputs - first);
            FloatVector a0 = zero, a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero;
            FloatVector b0 = zero, b1 = zero, b2 = zero, b3 = zero, b4 = zero, b5 = zero;
            for (int i = 0; i < count; i += one) {
                FloatVector a = FloatVector.fromArray(FLOATS, weights, from);
                FloatVector b = FloatVector.fromArray(FLOATS, weights, from + LANES);
                FloatVector x0 = FloatVector.broadcast(FLOATS, x[at]);
                a0 = a.fma(x0, a0);
                b0 = b.fma(x0, b0);
                FloatVector x1 = FloatVector.broadcast(FLOATS, x[at + 1]);
                a1 = a.fma(x1, a1);
                b1 = b.fma(x1, b1);
                FloatVector x2 = FloatVector.broadcast(FLOATS, x[at + 2]);
                a2 = a.fma(x2, a2);
                b2 = b.fma(x2, b2);
                FloatVector x3 = FloatVector.broadcast(FLOATS, x[at + 3]);
                a3 = a.fma(x3, a3);
                b3 = b.fma(x3, b3);
                FloatVector x4 = FloatVector.broadcast(FLOATS, x[at + 4]);
                a4 = a.fma(x4, a4);
                b4 = b.fma(x4, b4);
                FloatVector x5 = FloatVector.broadcast(FLOATS, x[at + 5]);
                a5 = a.fma(x5, a5);
                b5 = b.fma(x5, b5);
                from += BLOCKS * LANES;
                at += 6;
            }
            FloatVector stepA = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector baseA = FloatVector.fromArray(FLOATS, scales, scale + LANES);
            FloatVector stepB = FloatVector.fromArray(FLOATS, scales, scale + SCALES);
            FloatVector baseB = FloatVector.fromArray(FLOATS, scales, scale + SCALES + LANES);
            scale += 2 * LANES;
            FloatVector s0 = FloatVector.broadcast(FLOATS, sums[sum]);
            ya0 = baseA.fma(s0, stepA.fma(a0, ya0));
            yb0 = baseB.fma(s0, stepB.fma(b0, yb0));
            FloatVector s1 = FloatVector.broadcast(FLOATS, sums[sum + 1]);
            ya1 = baseA.fma(s1, stepA.fma(a1, ya1));
            yb1 = baseB.fma(s1, stepB.fma(b1, yb1));
            FloatVector s2 = FloatVector.broadcast(FLOATS, sums[sum + 2]);
            ya2 = baseA.fma(s2, stepA.fma(a2, ya2));
            yb2 = baseB.fma(s2, stepB.fma(b2, yb2));
            FloatVector s3 = FloatVector.broadcast(FLOATS, sums[sum + 3]);
            ya3 = baseA.fma(s3, stepA.fma(a3, ya3));
            yb3 = baseB.fma(s3, stepB.fma(b3, yb3));
            FloatVector s4 = FloatVector.broadcast(FLOATS, sums[sum + 4]);
            ya4 = baseA.fma(s4, stepA.fma(a4, ya4));
            yb4 = baseB.fma(s4, stepB.fma(b4, yb4));
            FloatVector s5 = FloatVector.broadcast(FLOATS, sums[sum + 5]);
            ya5 = baseA.fma(s5, stepA.fma(a5, ya5));
            yb5 = baseB.fma(s5, stepB.fma(b5, yb5));
            sum += 6;
        }
        ya0.intoArray(y, yAt);
        yb0.intoArray(y, yAt + LANES);
        ya1.intoArray(y, yAt + 2 * LANES);
        yb1.intoArray(y, yAt + 3 * LANES);
        ya2.intoArray(y, yAt + 4 * LANES);
        yb2.intoArray(y, yAt + 5 * LANES);
        ya3.intoArray(y, yAt + 6 * LANES);
        yb3.intoArray(y, yAt + 7 * LANES);
        ya4.intoArray(y, yAt + 8 * LANES);
        yb4.intoArray(y, yAt + 9 * LANES);
        ya5.intoArray(y, yAt + 10 * LANES);
        yb5.intoArray(y, yAt + 11 * LANES);
    }
}
