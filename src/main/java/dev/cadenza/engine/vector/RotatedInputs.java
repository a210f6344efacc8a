package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.FLOATS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Inputs of prompts' rows in eight bits. Each block of sixteen is multiplied by a Hadamard matrix first, so that a number that is far greater than those
 * beside it is spread over all of them, and does not make the steps of the others coarse (as in QuaRot, arXiv 2404.00456, in blocks so small that the
 * weights' codes, multiplied by the same matrix, are whole numbers of eight bits). A group of 32 shares its step. Registers have sixteen lanes.
 * A row depends on nothing but its inputs. One thread per row at a time.
 */
final class RotatedInputs implements AutoCloseable {
    /** Inputs that are multiplied with the matrix (J - 2I) x (J - 2I), J being of ones, four by four: it is its own inverse, up to a factor of 16. */
    static final int BLOCK = 16;
    /** Inputs of a step. */
    static final int GROUP = 32;
    /** Rows are filled up to a multiple of it: the fewer shapes, the fewer kernels. */
    static final int UNIT = 16;
    /** What is added to a number in eight bits, for the kernels' left side is unsigned. */
    static final int OFFSET = 128;
    private static final int LARGEST = 127;

    /** Inputs in the order in which {@link RotatedStrip} has the codes of two words. */
    private static final VectorShuffle<Float> ORDER = VectorShuffle.fromValues(FLOATS, 7, 5, 3, 1, 6, 4, 2, 0, 15, 13, 11, 9, 14, 12, 10, 8);
    private static final VectorShuffle<Float> FOUR_ON = VectorShuffle.fromOp(FLOATS, lane -> (lane + 4) % BLOCK);
    private static final VectorShuffle<Float> EIGHT_ON = VectorShuffle.fromOp(FLOATS, lane -> (lane + 8) % BLOCK);
    private static final VectorShuffle<Float> ONE_ON = VectorShuffle.fromOp(FLOATS, lane -> lane / 4 * 4 + (lane + 1) % 4);
    private static final VectorShuffle<Float> TWO_ON = VectorShuffle.fromOp(FLOATS, lane -> lane / 4 * 4 + (lane + 2) % 4);

    private Arena arena = Arena.ofShared();
    private MemorySegment bytes = MemorySegment.NULL;
    private float[] steps = new float[0];
    private float[] sums = new float[0];
    private int rows;
    private int width;

    /** For so many rows of a multiple of {@link #GROUP} inputs from now on; their content is undefined. */
    void shape(int newRows, int newWidth) {
        rows = newRows;
        width = newWidth;
        int padded = padded(rows);
        if (bytes.byteSize() < (long) padded * width) {
            arena.close();
            arena = Arena.ofShared();
            bytes = arena.allocate((long) padded * width, 64);
            steps = new float[padded * groups()];
            sums = new float[padded * groups()];
        }
        Arrays.fill(steps, rows * groups(), padded * groups(), 0);
        Arrays.fill(sums, rows * groups(), padded * groups(), 0);
    }

    static int padded(int rows) {
        return (rows + UNIT - 1) / UNIT * UNIT;
    }

    int rows() {
        return rows;
    }

    int width() {
        return width;
    }

    int groups() {
        return width / GROUP;
    }

    /** [rows, width], unsigned: {@link #OFFSET} and the rotated input over its group's step. */
    MemorySegment bytes() {
        return bytes;
    }

    /** [rows, groups]. */
    float[] steps() {
        return steps;
    }

    /** Of what a group's inputs have become: [rows, groups]. */
    float[] sums() {
        return sums;
    }

    /** Takes a row's inputs. */
    void set(int row, float[] source, int at) {
        int group = row * groups();
        long to = (long) row * width;
        for (int i = at; i < at + width; i += GROUP) {
            FloatVector a = FloatVector.fromArray(FLOATS, source, i);
            FloatVector b = FloatVector.fromArray(FLOATS, source, i + BLOCK);
            a = rotated(a);
            b = rotated(b);
            float step = Float.intBitsToFloat(size(a).max(size(b)).reduceLanes(VectorOperators.MAX)) / LARGEST;
            float factor = step == 0 ? 0 : 1 / step;
            IntVector first = rounded(a, factor);
            IntVector second = rounded(b, factor);
            put(first, to);
            put(second, to + BLOCK);
            // A column of the matrix adds up to 4, and 16 times the inputs are what was rounded.
            sums[group] = first.add(second).reduceLanes(VectorOperators.ADD) * step / 4;
            steps[group++] = step;
            to += GROUP;
        }
    }

    /** The bits of absolute values, which as whole numbers have the same order, and a maximum that takes one instruction. */
    private static IntVector size(FloatVector x) {
        return x.reinterpretAsInts().lanewise(VectorOperators.AND, Integer.MAX_VALUE);
    }

    /** Writes the inputs that a row's bytes stand for. */
    void get(int row, float[] target, int at) {
        for (int i = 0; i < width; i += BLOCK) {
            float step = steps[row * groups() + i / GROUP];
            float[] block = new float[BLOCK];
            for (int k = 0; k < BLOCK; k++) {
                block[k] = step * (Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, (long) row * width + i + k)) - OFFSET) / BLOCK;
            }
            for (int k = 0; k < BLOCK; k++) {
                float sum = 0;
                for (int j = 0; j < BLOCK; j++) {
                    sum += (k / 4 == j / 4 ? -1 : 1) * (k % 4 == j % 4 ? -1 : 1) * block[j];
                }
                target[at + i + ORDER.laneSource(k)] = sum;
            }
        }
    }

    private static FloatVector rotated(FloatVector inputs) {
        FloatVector x = inputs.rearrange(ORDER);
        FloatVector pairs = x.add(x.rearrange(FOUR_ON));
        FloatVector y = pairs.add(pairs.rearrange(EIGHT_ON)).sub(x.add(x));
        FloatVector twos = y.add(y.rearrange(ONE_ON));
        return twos.add(twos.rearrange(TWO_ON)).sub(y.add(y));
    }

    private static IntVector rounded(FloatVector x, float factor) {
        return x.fma(FloatVector.broadcast(FLOATS, factor), FloatVector.broadcast(FLOATS, RowKernels.ROUNDER)).reinterpretAsInts().sub(RowKernels.ROUNDER_BITS);
    }

    private void put(IntVector whole, long to) {
        ((ByteVector) whole.add(OFFSET).convertShape(VectorOperators.I2B, ByteVector.SPECIES_128, 0)).intoMemorySegment(bytes, to, ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        arena.close();
    }
}
