package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
import static dev.cadenza.engine.vector.CodeKernel.FLOATS;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Products with float32 weights, in the manner of {@link CodeKernel}: lanes are outputs, inputs are added in their order. */
final class FloatKernel {
    /** Inputs of a group. */
    static final int GROUP = InputPanel.GROUP;

    private FloatKernel() {
    }

    /**
     * A tile of rows.
     *
     * @param weights [blocks, inputs, lanes]
     * @param rows    1, 2, 4 or 8
     * @param x       inputs from {@code xAt}: [inputs, rows]
     * @param y       outputs, the first row's from {@code yAt}, rows {@code stride} apart
     * @param outputs of the weight; the last block may have fewer than lanes
     */
    static void multiply(MemorySegment weights, int inputs, CodeKernel.Span blocks, int rows, float[] x, int xAt, float[] y, int yAt, int stride,
            int outputs) {
        for (int block = blocks.from(); block < blocks.to(); block++) {
            long from = (long) block * inputs * BYTES;
            int to = yAt + block * LANES;
            VectorMask<Float> real = FLOATS.indexInRange(block * LANES, outputs);
            if (rows < 4) {
                for (int row = 0; row < rows; row++) {
                    oneRow(weights, from, inputs, x, xAt + row, rows).intoArray(y, to + row * stride, real);
                }
            } else {
                for (int row = 0; row < rows; row += 4) {
                    fourRows(weights, from, inputs, x, xAt + row, rows, y, to + row * stride, stride, real);
                }
            }
        }
    }

    private static FloatVector oneRow(MemorySegment weights, long from, int inputs, float[] x, int xAt, int rows) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int first = 0; first < inputs; first += GROUP) {
            FloatVector part = FloatVector.zero(FLOATS);
            for (int input = first; input < Math.min(first + GROUP, inputs); input++) {
                FloatVector weight = FloatVector.fromMemorySegment(FLOATS, weights, from + input * BYTES, ByteOrder.LITTLE_ENDIAN);
                part = weight.fma(FloatVector.broadcast(FLOATS, x[xAt + input * rows]), part);
            }
            sum = sum.add(part);
        }
        return sum;
    }

    private static void fourRows(MemorySegment weights, long from, int inputs, float[] x, int xAt, int rows, float[] y, int to, int stride,
            VectorMask<Float> real) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector y0 = zero, y1 = zero, y2 = zero, y3 = zero;
        for (int first = 0; first < inputs; first += GROUP) {
            FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
            for (int input = first; input < Math.min(first + GROUP, inputs); input++) {
                FloatVector weight = FloatVector.fromMemorySegment(FLOATS, weights, from + input * BYTES, ByteOrder.LITTLE_ENDIAN);
                int at = xAt + input * rows;
                s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at]), s0);
                s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 1]), s1);
                s2 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 2]), s2);
                s3 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 3]), s3);
            }
            y0 = y0.add(s0);
            y1 = y1.add(s1);
            y2 = y2.add(s2);
            y3 = y3.add(s3);
        }
        y0.intoArray(y, to, real);
        y1.intoArray(y, to + stride, real);
        y2.intoArray(y, to + 2 * stride, real);
        y3.intoArray(y, to + 3 * stride, real);
    }

    /** Copies a block's vectors of some inputs, from byte {@code at} on, to every {@code step}th place of {@code target}. */
    static void copy(MemorySegment weights, long at, int inputs, float[] target, int to, int step) {
        for (int input = 0; input < inputs; input++) {
            FloatVector.fromMemorySegment(FLOATS, weights, at + input * BYTES, ByteOrder.LITTLE_ENDIAN).intoArray(target, to + input * step);
        }
    }
}
