package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.FLOATS;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of a prompt's rows, which stand one behind the other: softmax(scale * q.k) . v in float32, each row seeing the slots up to its own. Lanes
 * are rows, so that keys and values are read once for all of them; what a row does not see adds zero. Each sum is taken in the order of dimensions
 * or keys: a row's bits depend neither on which rows share a call nor on the width of the registers. A thread's own.
 */
final class PromptAttention {
    /** Rows of a call at most. */
    static final int ROWS = LANES;
    /** Keys whose scores are summed side by side, and dimensions of values. */
    private static final int TOGETHER = 8;
    /** Keys or values that stay in the nearest cache while all heads go over them. */
    private static final int BLOCK = 64;
    /** Not final, so that the compiler does not know it: loops that it unrolls spill. */
    private static int one = 1;

    private float[] queries = new float[0];
    private float[] scores = new float[0];
    private float[] factors = new float[0];
    private float[] out = new float[0];
    private float[] block = new float[0];

    /**
     * The query heads of some rows that share one key/value head.
     *
     * @param queriesOf row r's first of {@code group} heads is from {@code queriesAt + r * queryStride}
     * @param group     heads
     * @param first     slots that the first row sees before its own; the next sees one more
     * @param rows      1 to {@link #ROWS}
     * @param data      keys from byte {@code keysAt}, values from byte {@code valuesAt}, of slot t {@code 4 * headDim * t} further
     * @param target    receives row r's heads from {@code targetAt + r * targetStride}
     */
    void attend(float[] queriesOf, int queriesAt, int queryStride, int group, int headDim, float scale, MemorySegment data, long keysAt,
            long valuesAt, int first, int rows, float[] target, int targetAt, int targetStride) {
        int seen = first + rows;
        int padded = (seen + TOGETHER - 1) / TOGETHER * TOGETHER;
        int head = headDim * LANES;
        queries = room(queries, group * head);
        scores = room(scores, group * padded * LANES);
        factors = room(factors, group * LANES);
        out = room(out, group * head);
        block = room(block, BLOCK * headDim);
        for (int lane = 0; lane < LANES; lane++) {
            int from = queriesAt + Math.min(lane, rows - 1) * queryStride;
            for (int i = 0; i < group * headDim; i++) {
                queries[i * LANES + lane] = queriesOf[from + i];
            }
        }
        for (int key = 0; key < seen; key += BLOCK) {
            int count = load(data, keysAt, key, seen, headDim);
            for (int h = 0; h < group; h++) {
                for (int i = 0; i < count; i += TOGETHER) {
                    score(queries, h * head, block, i * headDim, headDim, scale, scores, (h * padded + key + i) * LANES, one);
                }
            }
        }
        for (int h = 0; h < group; h++) {
            hide(h * padded * LANES, first, rows, padded);
            weigh(scores, h * padded * LANES, padded, factors, h * LANES);
        }
        Arrays.fill(out, 0, group * head, 0);
        for (int key = 0; key < seen; key += BLOCK) {
            int count = load(data, valuesAt, key, seen, headDim);
            for (int h = 0; h < group; h++) {
                mix(count, (h * padded + key) * LANES, headDim, h * head);
            }
        }
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < group * headDim; i++) {
                target[targetAt + row * targetStride + i] = out[i * LANES + row] * factors[i / headDim * LANES + row];
            }
        }
    }

    private static float[] room(float[] old, int size) {
        return old.length < size ? new float[size + size / 2] : old;
    }

    /** @return how many there are; what is behind them is of another block, and finite */
    private int load(MemorySegment data, long at, int first, int seen, int headDim) {
        int count = Math.min(BLOCK, seen - first);
        MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, at + 4L * headDim * first, block, 0, count * headDim);
        return count;
    }

    /** Scores of slots that are not there, or not seen by a row. */
    private void hide(int at, int first, int rows, int padded) {
        for (int key = first + 1; key < padded; key++) {
            for (int lane = 0; lane < LANES; lane++) {
                if (key > first + Math.min(lane, rows - 1)) {
                    scores[at + key * LANES + lane] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }

    /** Dot products of a head's queries [headDim, lanes] with eight keys [8, headDim], scaled, to [8, lanes]. */
    private static void score(float[] queries, int query, float[] keys, int key, int headDim, float scale, float[] scores, int at, int one) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
        int from = query;
        for (int i = key; i < key + headDim; i += one) {
            FloatVector q = FloatVector.fromArray(FLOATS, queries, from);
            s0 = q.fma(FloatVector.broadcast(FLOATS, keys[i]), s0);
            s1 = q.fma(FloatVector.broadcast(FLOATS, keys[i + headDim]), s1);
            s2 = q.fma(FloatVector.broadcast(FLOATS, keys[i + 2 * headDim]), s2);
            s3 = q.fma(FloatVector.broadcast(FLOATS, keys[i + 3 * headDim]), s3);
            s4 = q.fma(FloatVector.broadcast(FLOATS, keys[i + 4 * headDim]), s4);
            s5 = q.fma(FloatVector.broadcast(FLOATS, keys[i + 5 * headDim]), s5);
            s6 = q.fma(FloatVector.broadcast(FLOATS, keys[i + 6 * headDim]), s6);
            s7 = q.fma(FloatVector.broadcast(FLOATS, keys[i + 7 * headDim]), s7);
            from += LANES;
        }
        s0.mul(scale).intoArray(scores, at);
        s1.mul(scale).intoArray(scores, at + LANES);
        s2.mul(scale).intoArray(scores, at + 2 * LANES);
        s3.mul(scale).intoArray(scores, at + 3 * LANES);
        s4.mul(scale).intoArray(scores, at + 4 * LANES);
        s5.mul(scale).intoArray(scores, at + 5 * LANES);
        s6.mul(scale).intoArray(scores, at + 6 * LANES);
        s7.mul(scale).intoArray(scores, at + 7 * LANES);
    }

    /** A head's scores [keys, lanes] to weights, whose sum times the row's factor is one. */
    private static void weigh(float[] scores, int at, int keys, float[] factors, int factor) {
        int end = at + keys * LANES;
        FloatVector greatest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = at; i < end; i += LANES) {
            greatest = greatest.max(FloatVector.fromArray(FLOATS, scores, i));
        }
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = at; i < end; i += LANES) {
            FloatVector weight = RowKernels.exp(FloatVector.fromArray(FLOATS, scores, i).sub(greatest));
            weight.intoArray(scores, i);
            sum = sum.add(weight);
        }
        FloatVector.broadcast(FLOATS, 1).div(sum).intoArray(factors, factor);
    }

    /** Adds weights [count, lanes] times the block's values to a head's output [headDim, lanes]. */
    private void mix(int count, int weights, int headDim, int to) {
        int i = 0;
        for (; i + TOGETHER <= headDim; i += TOGETHER) {
            mixEight(scores, weights, count, block, i, headDim, out, to + i * LANES, one);
        }
        for (; i < headDim; i++) {
            mixOne(scores, weights, count, block, i, headDim, out, to + i * LANES);
        }
    }

    private static void mixEight(float[] weights, int first, int count, float[] values, int value, int headDim, float[] out, int to, int one) {
        FloatVector o0 = FloatVector.fromArray(FLOATS, out, to);
        FloatVector o1 = FloatVector.fromArray(FLOATS, out, to + LANES);
        FloatVector o2 = FloatVector.fromArray(FLOATS, out, to + 2 * LANES);
        FloatVector o3 = FloatVector.fromArray(FLOATS, out, to + 3 * LANES);
        FloatVector o4 = FloatVector.fromArray(FLOATS, out, to + 4 * LANES);
        FloatVector o5 = FloatVector.fromArray(FLOATS, out, to + 5 * LANES);
        FloatVector o6 = FloatVector.fromArray(FLOATS, out, to + 6 * LANES);
        FloatVector o7 = FloatVector.fromArray(FLOATS, out, to + 7 * LANES);
        int at = value;
        for (int key = 0; key < count; key += one) {
            FloatVector weight = FloatVector.fromArray(FLOATS, weights, first + key * LANES);
            o0 = weight.fma(FloatVector.broadcast(FLOATS, values[at]), o0);
            o1 = weight.fma(FloatVector.broadcast(FLOATS, values[at + 1]), o1);
            o2 = weight.fma(FloatVector.broadcast(FLOATS, values[at + 2]), o2);
            o3 = weight.fma(FloatVector.broadcast(FLOATS, values[at + 3]), o3);
            o4 = weight.fma(FloatVector.broadcast(FLOATS, values[at + 4]), o4);
            o5 = weight.fma(FloatVector.broadcast(FLOATS, values[at + 5]), o5);
            o6 = weight.fma(FloatVector.broadcast(FLOATS, values[at + 6]), o6);
            o7 = weight.fma(FloatVector.broadcast(FLOATS, values[at + 7]), o7);
            at += headDim;
        }
        o0.intoArray(out, to);
        o1.intoArray(out, to + LANES);
        o2.intoArray(out, to + 2 * LANES);
        o3.intoArray(out, to + 3 * LANES);
        o4.intoArray(out, to + 4 * LANES);
        o5.intoArray(out, to + 5 * LANES);
        o6.intoArray(out, to + 6 * LANES);
        o7.intoArray(out, to + 7 * LANES);
    }

    private static void mixOne(float[] weights, int first, int count, float[] values, int value, int headDim, float[] out, int to) {
        FloatVector sum = FloatVector.fromArray(FLOATS, out, to);
        for (int key = 0; key < count; key++) {
            FloatVector weight = FloatVector.fromArray(FLOATS, weights, first + key * LANES);
            sum = weight.fma(FloatVector.broadcast(FLOATS, values[value + key * headDim]), sum);
        }
        sum.intoArray(out, to);
    }
}
