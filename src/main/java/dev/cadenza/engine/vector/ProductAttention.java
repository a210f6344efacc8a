package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.FLOATS;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * As products of matrices in float32. What a row does not see adds zero, and each sum is taken in the order of dimensions or keys. Its blocks are keys
 * [headDim, slots].
 */
final class ProductAttention implements BlockAttention {
    /** Floats that keep the rows of scores from all falling into the same places of the nearest cache. */
    private static final int SPACING = 16;
    /** Keys whose values are summed before they are added to those before: by their place, so that no cut changes a sum. */
    private static final int MIXED = 256;
    /** The last of them are a multiple of it, filled up with zeros: the fewer sizes, the fewer kernels. */
    private static final int PADDING = 32;
    private static final float LOG2_E = 1.44269504f;

    private final FloatProducts products;
    private final float[] lanes = new float[LANES];
    private float[] tail = new float[0];
    private Arena arena = Arena.ofShared();
    /** [rows, keys]. */
    private MemorySegment scores = MemorySegment.NULL;

    ProductAttention(FloatProducts products) {
        this.products = products;
    }

    @Override
    public long blockFloats(int headDim) {
        return (long) BLOCK * headDim;
    }

    @Override
    public void prepare(MemorySegment layer, long keys, long values, int count, int headDim, MemorySegment target, long to) {
        float[] block = new float[BLOCK * headDim];
        MemorySegment.copy(layer, ValueLayout.JAVA_FLOAT, keys, block, 0, count * headDim);
        float[] turned = new float[BLOCK * headDim];
        for (int i = 0; i < headDim; i++) {
            for (int key = 0; key < count; key++) {
                turned[i * BLOCK + key] = block[key * headDim + i];
            }
        }
        MemorySegment.copy(turned, 0, target, ValueLayout.JAVA_FLOAT, 4 * to, turned.length);
    }

    @Override
    public void attend(float[] queries, int queriesAt, int queryStride, int headDim, float scale, MemorySegment blocks, long blocksAt, Matrix values,
            int slots, int first, int rows, float[] target, int targetAt, int targetStride) {
        int seen = first + rows;
        int stride = BlockAttention.padded(seen) + SPACING;
        reserve(stride);
        Matrix query = Matrix.of(queries, queriesAt, queryStride);
        for (int key = 0; key < seen; key += BLOCK) {
            products.multiply(rows, BLOCK, headDim, query, Matrix.of(blocks, blocksAt + (long) key * headDim, BLOCK), Matrix.of(scores, key, stride), false);
        }
        float[] factors = new float[rows];
        for (int row = 0; row < rows; row++) {
            factors[row] = weigh(scores, 4L * row * stride, first + row + 1, BlockAttention.padded(seen), scale, lanes);
        }
        Matrix mixed = Matrix.of(target, targetAt, targetStride);
        for (int key = 0; key < seen; key += MIXED) {
            int count = Math.min(MIXED, (seen - key + PADDING - 1) / PADDING * PADDING);
            Matrix mixedValues = key + count <= slots ? Matrix.of(values.memory(), (long) key * values.stride(), values.stride())
                    : filledUp(values, key, slots - key, count, headDim);
            products.multiply(rows, headDim, count, Matrix.of(scores, key, stride), mixedValues, mixed, key > 0);
        }
        for (int row = 0; row < rows; row++) {
            for (int i = targetAt + row * targetStride; i < targetAt + row * targetStride + headDim; i++) {
                target[i] *= factors[row];
            }
        }
    }

    /** Values of slots that are there, then zeros. */
    private Matrix filledUp(Matrix values, int from, int there, int count, int headDim) {
        if (tail.length < MIXED * headDim) {
            tail = new float[MIXED * headDim];
        }
        for (int slot = 0; slot < there; slot++) {
            MemorySegment.copy(values.memory(), ValueLayout.JAVA_FLOAT, 4L * (from + slot) * values.stride(), tail, slot * headDim, headDim);
        }
        Arrays.fill(tail, there * headDim, count * headDim, 0);
        return Matrix.of(tail, 0, headDim);
    }

    private void reserve(int keys) {
        long bytes = (long) ROWS * keys * Float.BYTES;
        if (scores.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            scores = arena.allocate(bytes + bytes / 2, 64);
        }
    }

    /**
     * A row's scores to weights; those behind what it sees are zero.
     *
     * @return what the weights' sum is to be multiplied with to be one
     */
    private static float weigh(MemorySegment scores, long at, int sees, int until, float scale, float[] lanes) {
        int end = (sees + LANES - 1) / LANES * LANES;
        for (int key = sees; key < end; key++) {
            scores.set(ValueLayout.JAVA_FLOAT, at + 4L * key, Float.NEGATIVE_INFINITY);
        }
        FloatVector most = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int key = 0; key < end; key += LANES) {
            FloatVector score = FloatVector.fromMemorySegment(FLOATS, scores, at + 4L * key, ByteOrder.LITTLE_ENDIAN);
            // As max does it in more instructions, for numbers that are none.
            most = most.blend(score, score.compare(VectorOperators.GT, most));
        }
        float factor = scale * LOG2_E;
        FloatVector shift = FloatVector.broadcast(FLOATS, -most.reduceLanes(VectorOperators.MAX) * factor);
        FloatVector factors = FloatVector.broadcast(FLOATS, factor);
        FloatVector sums = FloatVector.zero(FLOATS);
        for (int key = 0; key < end; key += LANES) {
            FloatVector score = FloatVector.fromMemorySegment(FLOATS, scores, at + 4L * key, ByteOrder.LITTLE_ENDIAN);
            FloatVector weight = twoToThe(score.fma(factors, shift));
            weight.intoMemorySegment(scores, at + 4L * key, ByteOrder.LITTLE_ENDIAN);
            sums = sums.add(weight);
        }
        for (int key = sees; key < end; key++) {
            scores.set(ValueLayout.JAVA_FLOAT, at + 4L * key, 0);
        }
        for (int key = end; key < until; key += LANES) {
            FloatVector.zero(FLOATS).intoMemorySegment(scores, at + 4L * key, ByteOrder.LITTLE_ENDIAN);
        }
        sums.intoArray(lanes, 0);
        float sum = 0;
        for (float lane : lanes) {
            sum += lane;
        }
        return 1 / sum;
    }

    /** For x <= 0; zero below 2^-126. Within two units in the last place. */
    private static FloatVector twoToThe(FloatVector x) {
        FloatVector rounded = x.add(RowKernels.ROUNDER);
        FloatVector r = x.sub(rounded.sub(RowKernels.ROUNDER));
        FloatVector y = r.fma(FloatVector.broadcast(FLOATS, 1.535336188e-4f), FloatVector.broadcast(FLOATS, 1.339887440e-3f));
        y = y.fma(r, FloatVector.broadcast(FLOATS, 9.618437358e-3f));
        y = y.fma(r, FloatVector.broadcast(FLOATS, 5.550332471e-2f));
        y = y.fma(r, FloatVector.broadcast(FLOATS, 2.402264791e-1f));
        y = y.fma(r, FloatVector.broadcast(FLOATS, 6.931472029e-1f));
        y = y.fma(r, FloatVector.broadcast(FLOATS, 1));
        // A whole number stands in the lowest bits of what it was rounded with, and is added to the exponent.
        return y.reinterpretAsInts().add(rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats()
                .blend(0, x.compare(VectorOperators.LT, -126));
    }

    @Override
    public void close() {
        arena.close();
    }
}
