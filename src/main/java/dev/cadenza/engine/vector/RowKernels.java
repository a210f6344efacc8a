package dev.cadenza.engine.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What a decoder layer does to one row between its matrices. Float32, sums in sixteen lanes, of two registers, and in one fixed
 * order: the same input has the same bits, interpreted or compiled. All vectors are of one width, here and in the other kernels: of two
 * the compiler may make code that has its vectors in objects. Any thread, no state; indices out of an array throw.
 */
final class RowKernels {
    static final VectorSpecies<Float> LANES = CodeKernel.FLOATS;
    private static final int WIDTH = LANES.length();
    /** Lanes of a sum, in two registers. */
    static final int STEP = 16;
    private static final VectorShuffle<Float> BY_FOUR = apart(4);
    private static final VectorShuffle<Float> BY_TWO = apart(2);
    private static final VectorShuffle<Float> BY_ONE = apart(1);

    /** Below it the power is less than half the smallest float, above it greater than the greatest. */
    static final float LEAST_EXPONENT = -104;
    static final float GREATEST_EXPONENT = 89;
    static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts; the first has so few bits that its product with a whole exponent is exact. */
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5 * 2^23: a number added to it is rounded to a whole one, which then stands in its lowest bits. */
    static final float ROUNDER = 12582912f;
    static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);
    /** (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2, as in Cephes' expf; by falling power. */
    private static final float P5 = 1.9875691500e-4f;
    private static final float P4 = 1.3981999507e-3f;
    private static final float P3 = 8.3334519073e-3f;
    private static final float P2 = 4.1665795894e-2f;
    private static final float P1 = 1.6666665459e-1f;
    private static final float P0 = 5.0000001201e-1f;
    static final int MANTISSA_BITS = 23;
    static final int EXPONENT_BIAS = 127;

    private RowKernels() {
    }

    /** Of the polynomial, by falling power. */
    static float[] exponentialFactors() {
        return new float[] {P5, P4, P3, P2, P1, P0};
    }

    private static VectorShuffle<Float> apart(int lanes) {
        return VectorShuffle.fromOp(LANES, lane -> (lane ^ lanes) % WIDTH);
    }

    /** RMS norm: x / sqrt(mean(x^2) + epsilon) * weight, for {@code width} numbers from {@code at}; {@code out} may be {@code row}. */
    static void norm(float[] row, int at, int width, float[] weight, float epsilon, float[] out, int outAt) {
        int paired = width / STEP * STEP;
        FloatVector even = FloatVector.zero(LANES);
        FloatVector odd = even;
        for (int i = 0; i < paired; i += STEP) {
            FloatVector x = FloatVector.fromArray(LANES, row, at + i);
            even = x.fma(x, even);
            x = FloatVector.fromArray(LANES, row, at + i + WIDTH);
            odd = x.fma(x, odd);
        }
        float sum = sum(even, odd);
        for (int i = paired; i < width; i++) {
            sum = Math.fma(row[at + i], row[at + i], sum);
        }
        float factor = (float) (1 / Math.sqrt(sum / width + epsilon));
        int vectored = LANES.loopBound(width);
        for (int i = 0; i < vectored; i += WIDTH) {
            FloatVector.fromArray(LANES, row, at + i).mul(factor).mul(FloatVector.fromArray(LANES, weight, i)).intoArray(out, outAt + i);
        }
        for (int i = vectored; i < width; i++) {
            out[outAt + i] = row[at + i] * factor * weight[i];
        }
    }

    /**
     * Rotary embedding in place: number i and number i + headDim / 2 of each head are turned as one point.
     *
     * @param heads how many heads stand one behind the other from {@code at}
     * @param cos, sin headDim / 2 values each from {@code tableAt}: those of the row's position
     */
    static void rotate(float[] rows, int at, int heads, int headDim, float[] cos, float[] sin, int tableAt) {
        int half = headDim / 2;
        int vectored = LANES.loopBound(half);
        for (int head = at; head < at + heads * headDim; head += headDim) {
            for (int i = 0; i < vectored; i += WIDTH) {
                FloatVector a = FloatVector.fromArray(LANES, rows, head + i);
                FloatVector b = FloatVector.fromArray(LANES, rows, head + half + i);
                FloatVector c = FloatVector.fromArray(LANES, cos, tableAt + i);
                FloatVector s = FloatVector.fromArray(LANES, sin, tableAt + i);
                a.mul(c).sub(b.mul(s)).intoArray(rows, head + i);
                b.mul(c).add(a.mul(s)).intoArray(rows, head + half + i);
            }
            for (int i = vectored; i < half; i++) {
                float a = rows[head + i];
                float b = rows[head + half + i];
                rows[head + i] = a * cos[tableAt + i] - b * sin[tableAt + i];
                rows[head + half + i] = b * cos[tableAt + i] + a * sin[tableAt + i];
            }
        }
    }

    /** out[outAt + i] = silu(gateUp[at + i]) * gateUp[at + feedForward + i] for i in [from, to); a number's bits do not depend on from and to. */
    static void gate(float[] gateUp, int at, int feedForward, int from, int to, float[] out, int outAt) {
        int vectored = from + LANES.loopBound(to - from);
        for (int i = from; i < vectored; i += WIDTH) {
            FloatVector gate = FloatVector.fromArray(LANES, gateUp, at + i);
            FloatVector up = FloatVector.fromArray(LANES, gateUp, at + feedForward + i);
            gate.div(exp(gate.neg()).add(1)).mul(up).intoArray(out, outAt + i);
        }
        for (int i = vectored; i < to; i++) {
            float gate = gateUp[at + i];
            out[outAt + i] = gate / (exp(-gate) + 1) * gateUp[at + feedForward + i];
        }
    }

    /** e to the power of each lane, within two units in the last place; 0 or infinity beyond float's range, NaN of NaN only. */
    static FloatVector exp(FloatVector x) {
        FloatVector power = x.max(LEAST_EXPONENT).min(GREATEST_EXPONENT);
        FloatVector rounded = power.fma(FloatVector.broadcast(LANES, LOG2_E), FloatVector.broadcast(LANES, ROUNDER));
        FloatVector twos = rounded.sub(ROUNDER);
        FloatVector r = twos.fma(FloatVector.broadcast(LANES, -LN2_HIGH), power);
        r = twos.fma(FloatVector.broadcast(LANES, -LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(LANES, P5), FloatVector.broadcast(LANES, P4));
        p = p.fma(r, FloatVector.broadcast(LANES, P3));
        p = p.fma(r, FloatVector.broadcast(LANES, P2));
        p = p.fma(r, FloatVector.broadcast(LANES, P1));
        p = p.fma(r, FloatVector.broadcast(LANES, P0));
        FloatVector y = p.fma(r.mul(r), r).add(1);
        // In two factors: 2^128 and the powers below 2^-126 are no normal floats.
        IntVector exponent = rounded.reinterpretAsInts().sub(ROUNDER_BITS);
        IntVector first = exponent.lanewise(VectorOperators.ASHR, 1);
        return y.mul(twoToThe(first)).mul(twoToThe(exponent.sub(first)));
    }

    /** As {@link #exp(FloatVector)}, bit for bit. */
    static float exp(float x) {
        float power = Math.min(Math.max(x, LEAST_EXPONENT), GREATEST_EXPONENT);
        float rounded = Math.fma(power, LOG2_E, ROUNDER);
        float twos = rounded - ROUNDER;
        float r = Math.fma(twos, -LN2_LOW, Math.fma(twos, -LN2_HIGH, power));
        float p = Math.fma(r, P5, P4);
        p = Math.fma(p, r, P3);
        p = Math.fma(p, r, P2);
        p = Math.fma(p, r, P1);
        p = Math.fma(p, r, P0);
        float y = Math.fma(p, r * r, r) + 1;
        int exponent = Float.floatToRawIntBits(rounded) - ROUNDER_BITS;
        int first = exponent >> 1;
        return y * twoToThe(first) * twoToThe(exponent - first);
    }

    /**
     * The sum of sixteen lanes: lanes eight apart first, then four, two, one.
     *
     * @param even the first eight of them
     * @param odd  the others
     */
    static float sum(FloatVector even, FloatVector odd) {
        FloatVector eights = even.add(odd);
        FloatVector fours = eights.add(eights.rearrange(BY_FOUR));
        FloatVector twos = fours.add(fours.rearrange(BY_TWO));
        return twos.add(twos.rearrange(BY_ONE)).lane(0);
    }

    private static FloatVector twoToThe(IntVector exponent) {
        return exponent.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, MANTISSA_BITS).reinterpretAsFloats();
    }

    private static float twoToThe(int exponent) {
        return Float.intBitsToFloat(exponent + EXPONENT_BIAS << MANTISSA_BITS);
    }
}
