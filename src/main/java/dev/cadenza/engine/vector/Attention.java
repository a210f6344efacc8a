package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.RowKernels.LANES;
import static dev.cadenza.engine.vector.RowKernels.STEP;
import static dev.cadenza.engine.vector.RowKernels.exp;
import static dev.cadenza.engine.vector.RowKernels.sum;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention of one row: softmax(scale * q.k) . v. Float32, each sum in an order that follows from the shape and the number of keys alone, on every machine: a row's bits do not depend on who shares the cache, nor on whether a key is settled or open. Any thread, no state.
 */
final class Attention {
    private static final int WIDTH = LANES.length();
    /** A block's keys stay in the nearest cache while all heads go over them; a sum goes through memory between two, exactly. */
    private static final int BLOCK = 64;
    /** Query heads that go over keys and values together. Three of them, four vectors of values each, just fit in AVX2's 16 registers. */
    private static final int TOGETHER = 3;
    private static final int VECTORS = 4;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    /** A step that the compiler does not know: it would unroll the loop, and run out of registers. */
    private static int one = 1;

    private Attention() {
    }

    /** Floats of scratch that {@link #attend} needs for {@code keys} = settled + opens. */
    static int scratch(int group, int headDim, int keys) {
        return group * padded(keys) + BLOCK * headDim;
    }

    /**
     * The query heads of one row that share one key/value head.
     *
     * @param queries group x headDim, from {@code queriesAt}
     * @param keys slot t of this head has its headDim floats from byte {@code keysAt + 4 * headDim * t}; {@code values} likewise
     * @param settled the row sees slots 0 to settled - 1
     * @param open and then these slots, the first {@code opens}, in this order
     * @param out group x headDim, from {@code outAt}
     * @param scratch at least {@link #scratch} floats, overwritten
     */
    static void attend(float[] queries, int queriesAt, int group, int headDim, float scale, MemorySegment keys, long keysAt,
            MemorySegment values, long valuesAt, int settled, int[] open, int opens, float[] out, int outAt, float[] scratch) {
        int seen = settled + opens;
        if (seen < 1) {
            throw new IllegalArgumentException("a row sees at least itself");
        }
        int padded = padded(seen);
        int room = group * padded;
        for (int block = 0; block < seen; block += BLOCK) {
            int count = load(keys, keysAt, headDim, settled, open, block, Math.min(seen, block + BLOCK), scratch, room);
            for (int head = 0, heads; head < group; head += heads) {
                heads = together(group - head);
                int query = queriesAt + head * headDim;
                int to = head * padded + block;
                switch (heads) {
                    case 1 -> score1(scratch, room, count, headDim, queries, query, scratch, to, STEP * one);
                    case 2 -> score2(scratch, room, count, headDim, queries, query, scratch, to, padded, STEP * one);
                    default -> score3(scratch, room, count, headDim, queries, query, scratch, to, padded, STEP * one);
                }
            }
        }
        for (int head = 0; head < group; head++) {
            weigh(scratch, head * padded, seen, scale);
        }
        Arrays.fill(out, outAt, outAt + group * headDim, 0);
        for (int block = 0; block < seen; block += BLOCK) {
            int count = load(values, valuesAt, headDim, settled, open, block, Math.min(seen, block + BLOCK), scratch, room);
            for (int head = 0, heads; head < group; head += heads) {
                heads = together(group - head);
                mix(scratch, room, count, headDim, heads, scratch, head * padded + block, padded, out, outAt + head * headDim, one);
            }
        }
    }

    /** Copies keys or values [first, to) of those that the row sees to where they are quick to reach. */
    private static int load(MemorySegment data, long start, int headDim, int settled, int[] open, int first, int to, float[] target, int at) {
        int whole = Math.max(0, Math.min(to, settled) - first);
        MemorySegment.copy(data, FLOAT, start + 4L * headDim * first, target, at, whole * headDim);
        for (int t = first + whole; t < to; t++) {
            MemorySegment.copy(data, FLOAT, start + 4L * headDim * open[t - settled], target, at + (t - first) * headDim, headDim);
        }
        return to - first;
    }

    private static int padded(int keys) {
        return (keys + STEP - 1) / STEP * STEP;
    }

    private static int together(int heads) {
        return heads == TOGETHER + 1 ? 2 : Math.min(heads, TOGETHER);
    }

    /** Dot products of one head's query with some keys. */
    private static void score1(float[] keys, int keysAt, int count, int headDim, float[] queries, int query, float[] scores, int at, int step) {
        int paired = headDim / STEP * STEP;
        for (int t = 0, key = keysAt; t < count; t++, key += headDim) {
            FloatVector even = FloatVector.zero(LANES);
            FloatVector odd = even;
            for (int i = 0; i < paired; i += step) {
                FloatVector k = load(keys, key + i);
                even = FloatVector.fromArray(LANES, queries, query + i).fma(k, even);
                k = load(keys, key + i + WIDTH);
                odd = FloatVector.fromArray(LANES, queries, query + i + WIDTH).fma(k, odd);
            }
            scores[at + t] = sum(even, odd);
            if (paired < headDim) {
                scores[at + t] = rest(scores[at + t], queries, query, keys, key, paired, headDim);
            }
        }
    }

    /** Dot products of two heads' queries with some keys. */
    private static void score2(float[] keys, int keysAt, int count, int headDim, float[] queries, int query, float[] scores, int at,
            int stride, int step) {
        int paired = headDim / STEP * STEP;
        int query2 = query + headDim;
        for (int t = 0, key = keysAt; t < count; t++, key += headDim) {
            FloatVector even = FloatVector.zero(LANES);
            FloatVector odd = even;
            FloatVector even2 = FloatVector.zero(LANES);
            FloatVector odd2 = even2;
            for (int i = 0; i < paired; i += step) {
                FloatVector k = load(keys, key + i);
                even = FloatVector.fromArray(LANES, queries, query + i).fma(k, even);
                even2 = FloatVector.fromArray(LANES, queries, query2 + i).fma(k, even2);
                k = load(keys, key + i + WIDTH);
                odd = FloatVector.fromArray(LANES, queries, query + i + WIDTH).fma(k, odd);
                odd2 = FloatVector.fromArray(LANES, queries, query2 + i + WIDTH).fma(k, odd2);
            }
            scores[at + t] = sum(even, odd);
            scores[at + stride + t] = sum(even2, odd2);
            if (paired < headDim) {
                scores[at + t] = rest(scores[at + t], queries, query, keys, key, paired, headDim);
                scores[at + stride + t] = rest(scores[at + stride + t], queries, query2, keys, key, paired, headDim);
            }
        }
    }

    /** Dot products of three heads' queries with some keys. */
    private static void score3(float[] keys, int keysAt, int count, int headDim, float[] queries, int query, float[] scores, int at,
            int stride, int step) {
        int paired = headDim / STEP * STEP;
        int query2 = query + headDim;
        int query3 = query2 + headDim;
        for (int t = 0, key = keysAt; t < count; t++, key += headDim) {
            FloatVector even = FloatVector.zero(LANES);
            FloatVector odd = even;
            FloatVector even2 = FloatVector.zero(LANES);
            FloatVector odd2 = even2;
            FloatVector even3 = FloatVector.zero(LANES);
            FloatVector odd3 = even3;
            for (int i = 0; i < paired; i += step) {
                FloatVector k = load(keys, key + i);
                even = FloatVector.fromArray(LANES, queries, query + i).fma(k, even);
                even2 = FloatVector.fromArray(LANES, queries, query2 + i).fma(k, even2);
                even3 = FloatVector.fromArray(LANES, queries, query3 + i).fma(k, even3);
                k = load(keys, key + i + WIDTH);
                odd = FloatVector.fromArray(LANES, queries, query + i + WIDTH).fma(k, odd);
                odd2 = FloatVector.fromArray(LANES, queries, query2 + i + WIDTH).fma(k, odd2);
                odd3 = FloatVector.fromArray(LANES, queries, query3 + i + WIDTH).fma(k, odd3);
            }
            scores[at + t] = sum(even, odd);
            scores[at + stride + t] = sum(even2, odd2);
            scores[at + 2 * stride + t] = sum(even3, odd3);
            if (paired < headDim) {
                scores[at + t] = rest(scores[at + t], queries, query, keys, key, paired, headDim);
                scores[at + stride + t] = rest(scores[at + stride + t], queries, query2, keys, key, paired, headDim);
                scores[at + 2 * stride + t] = rest(scores[at + 2 * stride + t], queries, query3, keys, key, paired, headDim);
            }
        }
    }

    /** A dot product's last dimensions, fewer than a vector. */
    private static float rest(float sum, float[] queries, int query, float[] keys, int key, int from, int headDim) {
        float all = sum;
        for (int i = from; i < headDim; i++) {
            all = Math.fma(queries[query + i], keys[key + i], all);
        }
        return all;
    }

    /** Dot products of one head to its weights, of sum one. */
    private static void weigh(float[] scores, int at, int seen, float scale) {
        int end = at + padded(seen);
        Arrays.fill(scores, at + seen, end, Float.NEGATIVE_INFINITY);
        FloatVector greatest = FloatVector.broadcast(LANES, Float.NEGATIVE_INFINITY);
        for (int i = at; i < end; i += WIDTH) {
            FloatVector scaled = FloatVector.fromArray(LANES, scores, i).mul(scale);
            scaled.intoArray(scores, i);
            greatest = greatest.max(scaled);
        }
        // A maximum is exact, whatever its order.
        float top = greatest.reduceLanes(VectorOperators.MAX);
        for (int i = at; i < end; i += WIDTH) {
            exp(FloatVector.fromArray(LANES, scores, i).sub(top)).intoArray(scores, i);
        }
        FloatVector even = FloatVector.zero(LANES);
        FloatVector odd = even;
        for (int i = at; i < end; i += STEP) {
            even = even.add(load(scores, i));
            odd = odd.add(load(scores, i + WIDTH));
        }
        float factor = 1 / sum(even, odd);
        for (int i = at; i < end; i += WIDTH) {
            FloatVector.fromArray(LANES, scores, i).mul(factor).intoArray(scores, i);
        }
    }

    /** Adds weight times value of some keys, in their order, to {@code heads} rows of {@code out}. */
    private static void mix(float[] values, int valuesAt, int count, int headDim, int heads, float[] weights, int at, int stride, float[] out,
            int outAt, int one) {
        int piece = VECTORS * WIDTH;
        int i = 0;
        for (; i + piece <= headDim; i += piece) {
            switch (heads) {
                case 1 -> mix1(values, valuesAt + i, count, headDim, weights, at, out, outAt + i, one);
                case 2 -> mix2(values, valuesAt + i, count, headDim, weights, at, stride, out, outAt + i, one);
                default -> mix3(values, valuesAt + i, count, headDim, weights, at, stride, out, outAt + i, one);
            }
        }
        for (int head = 0; head < heads; head++) {
            int j = i;
            for (; j + WIDTH <= headDim; j += WIDTH) {
                mixVector(values, valuesAt + j, count, headDim, weights, at + head * stride, out, outAt + head * headDim + j);
            }
            for (; j < headDim; j++) {
                mixOne(values, valuesAt + j, count, headDim, weights, at + head * stride, out, outAt + head * headDim + j);
            }
        }
    }

    private static void mix1(float[] values, int valuesAt, int count, int headDim, float[] weights, int at, float[] out, int outAt, int one) {
        FloatVector a1 = FloatVector.fromArray(LANES, out, outAt);
        FloatVector b1 = FloatVector.fromArray(LANES, out, outAt + WIDTH);
        FloatVector c1 = FloatVector.fromArray(LANES, out, outAt + 2 * WIDTH);
        FloatVector d1 = FloatVector.fromArray(LANES, out, outAt + 3 * WIDTH);
        int value = valuesAt;
        for (int t = 0; t < count; t += one) {
            FloatVector w1 = FloatVector.broadcast(LANES, weights[at + t]);
            FloatVector v = load(values, value);
            a1 = v.fma(w1, a1);
            v = load(values, value + WIDTH);
            b1 = v.fma(w1, b1);
            v = load(values, value + 2 * WIDTH);
            c1 = v.fma(w1, c1);
            v = load(values, value + 3 * WIDTH);
            d1 = v.fma(w1, d1);
            value += headDim;
        }
        a1.intoArray(out, outAt);
        b1.intoArray(out, outAt + WIDTH);
        c1.intoArray(out, outAt + 2 * WIDTH);
        d1.intoArray(out, outAt + 3 * WIDTH);
    }

    private static void mix2(float[] values, int valuesAt, int count, int headDim, float[] weights, int at, int stride, float[] out,
            int outAt, int one) {
        int out2 = outAt + headDim;
        FloatVector a1 = FloatVector.fromArray(LANES, out, outAt);
        FloatVector b1 = FloatVector.fromArray(LANES, out, outAt + WIDTH);
        FloatVector c1 = FloatVector.fromArray(LANES, out, outAt + 2 * WIDTH);
        FloatVector d1 = FloatVector.fromArray(LANES, out, outAt + 3 * WIDTH);
        FloatVector a2 = FloatVector.fromArray(LANES, out, out2);
        FloatVector b2 = FloatVector.fromArray(LANES, out, out2 + WIDTH);
        FloatVector c2 = FloatVector.fromArray(LANES, out, out2 + 2 * WIDTH);
        FloatVector d2 = FloatVector.fromArray(LANES, out, out2 + 3 * WIDTH);
        int value = valuesAt;
        for (int t = 0; t < count; t += one) {
            FloatVector w1 = FloatVector.broadcast(LANES, weights[at + t]);
            FloatVector w2 = FloatVector.broadcast(LANES, weights[at + stride + t]);
            FloatVector v = load(values, value);
            a1 = v.fma(w1, a1);
            a2 = v.fma(w2, a2);
            v = load(values, value + WIDTH);
            b1 = v.fma(w1, b1);
            b2 = v.fma(w2, b2);
            v = load(values, value + 2 * WIDTH);
            c1 = v.fma(w1, c1);
            c2 = v.fma(w2, c2);
            v = load(values, value + 3 * WIDTH);
            d1 = v.fma(w1, d1);
            d2 = v.fma(w2, d2);
            value += headDim;
        }
        a1.intoArray(out, outAt);
        b1.intoArray(out, outAt + WIDTH);
        c1.intoArray(out, outAt + 2 * WIDTH);
        d1.intoArray(out, outAt + 3 * WIDTH);
        a2.intoArray(out, out2);
        b2.intoArray(out, out2 + WIDTH);
        c2.intoArray(out, out2 + 2 * WIDTH);
        d2.intoArray(out, out2 + 3 * WIDTH);
    }

    private static void mix3(float[] values, int valuesAt, int count, int headDim, float[] weights, int at, int stride, float[] out,
            int outAt, int one) {
        int out2 = outAt + headDim;
        int out3 = out2 + headDim;
        FloatVector a1 = FloatVector.fromArray(LANES, out, outAt);
        FloatVector b1 = FloatVector.fromArray(LANES, out, outAt + WIDTH);
        FloatVector c1 = FloatVector.fromArray(LANES, out, outAt + 2 * WIDTH);
        FloatVector d1 = FloatVector.fromArray(LANES, out, outAt + 3 * WIDTH);
        FloatVector a2 = FloatVector.fromArray(LANES, out, out2);
        FloatVector b2 = FloatVector.fromArray(LANES, out, out2 + WIDTH);
        FloatVector c2 = FloatVector.fromArray(LANES, out, out2 + 2 * WIDTH);
        FloatVector d2 = FloatVector.fromArray(LANES, out, out2 + 3 * WIDTH);
        FloatVector a3 = FloatVector.fromArray(LANES, out, out3);
        FloatVector b3 = FloatVector.fromArray(LANES, out, out3 + WIDTH);
        FloatVector c3 = FloatVector.fromArray(LANES, out, out3 + 2 * WIDTH);
        FloatVector d3 = FloatVector.fromArray(LANES, out, out3 + 3 * WIDTH);
        int value = valuesAt;
        for (int t = 0; t < count; t += one) {
            FloatVector w1 = FloatVector.broadcast(LANES, weights[at + t]);
            FloatVector w2 = FloatVector.broadcast(LANES, weights[at + stride + t]);
            FloatVector w3 = FloatVector.broadcast(LANES, weights[at + 2 * stride + t]);
            FloatVector v = load(values, value);
            a1 = v.fma(w1, a1);
            a2 = v.fma(w2, a2);
            a3 = v.fma(w3, a3);
            v = load(values, value + WIDTH);
            b1 = v.fma(w1, b1);
            b2 = v.fma(w2, b2);
            b3 = v.fma(w3, b3);
            v = load(values, value + 2 * WIDTH);
            c1 = v.fma(w1, c1);
            c2 = v.fma(w2, c2);
            c3 = v.fma(w3, c3);
            v = load(values, value + 3 * WIDTH);
            d1 = v.fma(w1, d1);
            d2 = v.fma(w2, d2);
            d3 = v.fma(w3, d3);
            value += headDim;
        }
        a1.intoArray(out, outAt);
        b1.intoArray(out, outAt + WIDTH);
        c1.intoArray(out, outAt + 2 * WIDTH);
        d1.intoArray(out, outAt + 3 * WIDTH);
        a2.intoArray(out, out2);
        b2.intoArray(out, out2 + WIDTH);
        c2.intoArray(out, out2 + 2 * WIDTH);
        d2.intoArray(out, out2 + 3 * WIDTH);
        a3.intoArray(out, out3);
        b3.intoArray(out, out3 + WIDTH);
        c3.intoArray(out, out3 + 2 * WIDTH);
        d3.intoArray(out, out3 + 3 * WIDTH);
    }

    private static void mixVector(float[] values, int valuesAt, int count, int headDim, float[] weights, int at, float[] out, int outAt) {
        FloatVector sum = FloatVector.fromArray(LANES, out, outAt);
        for (int t = 0; t < count; t++) {
            sum = load(values, valuesAt + t * headDim).fma(FloatVector.broadcast(LANES, weights[at + t]), sum);
        }
        sum.intoArray(out, outAt);
    }

    private static void mixOne(float[] values, int valuesAt, int count, int headDim, float[] weights, int at, float[] out, int outAt) {
        float sum = out[outAt];
        for (int t = 0; t < count; t++) {
            sum = Math.fma(values[valuesAt + t * headDim], weights[at + t], sum);
        }
        out[outAt] = sum;
    }

    private static FloatVector load(float[] data, int at) {
        return FloatVector.fromArray(LANES, data, at);
    }
}
