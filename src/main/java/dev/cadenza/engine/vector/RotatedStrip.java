package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
import static dev.cadenza.engine.vector.CodeKernel.FLOATS;
import static dev.cadenza.engine.vector.CodeKernel.INTS;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of many rows of {@link RotatedInputs} with a strip of outputs, whose codes of four bits are rotated, too, without loss. A group's products
 * are exact sums of whole numbers; its scale and base come once. Room of one thread.
 */
final class RotatedStrip {
    /** Of a strip. */
    static final int OUTPUTS = 192;
    /** Of a code. */
    private static final int BITS = 4;
    /** What weights have to be. */
    static final PackedForm.Format FORMAT = new PackedForm.Format(BITS, RotatedInputs.GROUP);
    /** Rows whose outputs stay in the nearest caches while all groups pass. */
    static final int ROWS = 16;
    private static final int GROUP = RotatedInputs.GROUP;
    /** Inputs whose weights stay in the second cache while all rows pass. */
    private static final int MOST_INPUTS = 2048;
    /** Bytes from four inputs' weights to the next ones'. */
    private static final long QUAD = 4L * OUTPUTS;
    private static final int FOUR_LOW = 0x0F0F0F0F;
    private static final int SIGNS = 0x08080808;
    private static final long FLOAT_ROW = (long) Float.BYTES * OUTPUTS;

    /** Not final, so that the compiler does not know it. */
    private static int one = 1;

    private final FloatProducts floats;
    private final ByteProducts bytes;
    /** [inputs / 4, {@link #OUTPUTS}, 4]. */
    private final MemorySegment weights;
    /** [groups, 2, {@link #OUTPUTS}]: what a count is multiplied with, and what the inputs' offset is taken off with. */
    private final MemorySegment scales;
    /** [groups, {@link #OUTPUTS}]. */
    private final MemorySegment bases;
    /** Int [{@link #ROWS}, {@link #OUTPUTS}]. */
    private final MemorySegment counts;
    /** [{@link #ROWS}, {@link #OUTPUTS}]. */
    private final MemorySegment outputs;
    /** [2, rows, {@link #OUTPUTS}]. */
    private float[] gateUp = new float[0];

    /** @param arena owns the room */
    RotatedStrip(FloatProducts floats, ByteProducts bytes, Arena arena) {
        this.floats = floats;
        this.bytes = bytes;
        weights = arena.allocate((long) MOST_INPUTS * OUTPUTS, 64);
        scales = arena.allocate(MOST_INPUTS / GROUP * 2 * FLOAT_ROW, 64);
        bases = arena.allocate(MOST_INPUTS / GROUP * FLOAT_ROW, 64);
        counts = arena.allocate(ROWS * FLOAT_ROW, 64);
        outputs = arena.allocate(ROWS * FLOAT_ROW, 64);
    }

    /**
     * @param strip index of the weight's
     * @param real  its outputs
     * @param from  of the rows of x
     * @param to    likewise
     * @param y     receives row {@code from + r}'s from {@code yAt + r * stride} on
     */
    void multiply(PackedForm.Codes form, int strip, int real, RotatedInputs x, int from, int to, float[] y, int yAt, int stride) {
        int inputs = x.width();
        for (int first = 0; first < inputs; first += MOST_INPUTS) {
            int count = Math.min(MOST_INPUTS, inputs - first);
            for (int i = 0; i * LANES < real; i++) {
                rotate(form, strip * (OUTPUTS / LANES) + i, inputs, first, count, i * BYTES);
            }
            for (int row = from; row < to; row += ROWS) {
                tile(x, row, Math.min(ROWS, to - row), first, count, real, y, yAt + (row - from) * stride, stride);
            }
        }
    }

    /**
     * The same for two weights beside each other: silu(first's output) * second's.
     *
     * @param out receives row r's from {@code outAt + r * stride} on
     */
    void multiplyGated(PackedForm.Codes gate, PackedForm.Codes up, int strip, int real, RotatedInputs x, int from, int to, float[] out, int outAt,
            int stride) {
        int size = (to - from) * OUTPUTS;
        if (gateUp.length < 2 * size) {
            gateUp = new float[2 * size];
        }
        multiply(gate, strip, real, x, from, to, gateUp, 0, OUTPUTS);
        multiply(up, strip, real, x, from, to, gateUp, size, OUTPUTS);
        for (int row = 0; row < to - from; row++) {
            RowKernels.gate(gateUp, row * OUTPUTS, size, 0, real, out, outAt + row * stride);
        }
    }

    private void tile(RotatedInputs x, int row, int rows, int first, int count, int real, float[] y, int yAt, int stride) {
        int groups = count / GROUP;
        int padded = RotatedInputs.padded(rows);
        int at = row * x.groups() + first / GROUP;
        floats.multiply(padded, OUTPUTS, groups, Matrix.of(x.sums(), at, x.groups()), new Matrix(bases, OUTPUTS), new Matrix(outputs, OUTPUTS), false);
        // The slice has all rows, or is refused.
        long from = x.bytes().asSlice((long) row * x.width(), (long) padded * x.width()).address() + first;
        for (int group = 0; group < groups; group++) {
            bytes.multiply(padded, OUTPUTS, GROUP, from + group * GROUP, x.width(), weights.address() + (long) group * GROUP * OUTPUTS, counts.address());
            add(counts, scales, group * 2 * FLOAT_ROW, x.steps(), at + group, x.groups(), outputs, padded);
        }
        for (int i = 0; i < rows; i++) {
            int to = yAt + i * stride;
            if (first == 0) {
                MemorySegment.copy(outputs, ValueLayout.JAVA_FLOAT, i * FLOAT_ROW, y, to, real);
            } else {
                for (int output = 0; output < real; output++) {
                    y[to + output] += outputs.get(ValueLayout.JAVA_FLOAT, i * FLOAT_ROW + 4L * output);
                }
            }
        }
    }

    /** outputs += step * (scale * counts + offset), for a multiple of two rows. */
    private static void add(MemorySegment counts, MemorySegment scales, long scale, float[] steps, int step, int stride, MemorySegment outputs, int rows) {
        for (int row = 0; row < rows; row += 2) {
            FloatVector step1 = FloatVector.broadcast(FLOATS, steps[step + row * stride]);
            FloatVector step2 = FloatVector.broadcast(FLOATS, steps[step + (row + 1) * stride]);
            long first = row * FLOAT_ROW;
            for (int i = 0; i < OUTPUTS / LANES; i++) {
                long at = first + i * BYTES;
                FloatVector factors = FloatVector.fromMemorySegment(FLOATS, scales, scale + i * BYTES, ByteOrder.LITTLE_ENDIAN);
                FloatVector offsets = FloatVector.fromMemorySegment(FLOATS, scales, scale + FLOAT_ROW + i * BYTES, ByteOrder.LITTLE_ENDIAN);
                FloatVector count1 = (FloatVector) IntVector.fromMemorySegment(INTS, counts, at, ByteOrder.LITTLE_ENDIAN).convert(VectorOperators.I2F, 0);
                FloatVector count2 = (FloatVector) IntVector.fromMemorySegment(INTS, counts, at + FLOAT_ROW, ByteOrder.LITTLE_ENDIAN)
                        .convert(VectorOperators.I2F, 0);
                count1.fma(factors, offsets).fma(step1, FloatVector.fromMemorySegment(FLOATS, outputs, at, ByteOrder.LITTLE_ENDIAN))
                        .intoMemorySegment(outputs, at, ByteOrder.LITTLE_ENDIAN);
                count2.fma(factors, offsets).fma(step2, FloatVector.fromMemorySegment(FLOATS, outputs, at + FLOAT_ROW, ByteOrder.LITTLE_ENDIAN))
                        .intoMemorySegment(outputs, at + FLOAT_ROW, ByteOrder.LITTLE_ENDIAN);
            }
        }
    }

    /** A block's weights of some inputs. */
    private void rotate(PackedForm.Codes form, int block, int inputs, int first, int count, long at) {
        long code = ((long) block * inputs + first) * BITS / Integer.SIZE * BYTES;
        long scale = ((long) block * inputs + first) / GROUP * 2 * BYTES;
        rotateQuads(form.codes(), code, count, weights, at, one);
        rotateInQuads(weights, at, count / GROUP, form.scales(), scale, scales, one);
        for (int group = 0; group < count / GROUP; group++) {
            MemorySegment.copy(form.scales(), scale + (2 * group + 1) * BYTES, bases, group * FLOAT_ROW + at, BYTES);
        }
    }

    /**
     * Codes times J - 2I over four quads: the sum of the other three without itself. Two words of codes are four vectors of a quad an output, in the
     * order of {@link RotatedInputs}.
     *
     * @param code of the block's first word
     * @param at   byte of the block's first output in a row of floats or quads
     * @param one  1; the compiler does not know it, and so does not unroll
     */
    private static void rotateQuads(MemorySegment codes, long code, int count, MemorySegment weights, long at, int one) {
        long from = code;
        long to = at;
        for (int i = 0; i < count / RotatedInputs.BLOCK; i += one) {
            IntVector even = IntVector.fromMemorySegment(INTS, codes, from, ByteOrder.LITTLE_ENDIAN);
            IntVector odd = IntVector.fromMemorySegment(INTS, codes, from + BYTES, ByteOrder.LITTLE_ENDIAN);
            from += 2 * BYTES;
            ByteVector a = codes(even);
            ByteVector b = codes(even.lanewise(VectorOperators.LSHR, BITS));
            ByteVector c = codes(odd);
            ByteVector d = codes(odd.lanewise(VectorOperators.LSHR, BITS));
            ByteVector all = a.add(b).add(c.add(d));
            all.sub(a.add(a)).reinterpretAsInts().intoMemorySegment(weights, to, ByteOrder.LITTLE_ENDIAN);
            all.sub(b.add(b)).reinterpretAsInts().intoMemorySegment(weights, to + QUAD, ByteOrder.LITTLE_ENDIAN);
            all.sub(c.add(c)).reinterpretAsInts().intoMemorySegment(weights, to + 2 * QUAD, ByteOrder.LITTLE_ENDIAN);
            all.sub(d.add(d)).reinterpretAsInts().intoMemorySegment(weights, to + 3 * QUAD, ByteOrder.LITTLE_ENDIAN);
            to += 4 * QUAD;
        }
    }

    /** The lower four bits of each byte, signed. */
    private static ByteVector codes(IntVector words) {
        return words.lanewise(VectorOperators.AND, FOUR_LOW).lanewise(VectorOperators.XOR, SIGNS).reinterpretAsBytes().sub((byte) 8);
    }

    /** The same within each quad; and what a group's counts are multiplied with and what the inputs' offset is taken off with. */
    private static void rotateInQuads(MemorySegment weights, long at, int groups, MemorySegment form, long formAt, MemorySegment scales, int one) {
        long quad = at;
        long scale = formAt;
        long to = at;
        for (int group = 0; group < groups; group++) {
            IntVector sums = IntVector.zero(INTS);
            int i = 0;
            do {
                IntVector words = IntVector.fromMemorySegment(INTS, weights, quad, ByteOrder.LITTLE_ENDIAN);
                ByteVector bytes = words.reinterpretAsBytes();
                ByteVector all = bytes.add(words.lanewise(VectorOperators.ROL, 8).reinterpretAsBytes())
                        .add(words.lanewise(VectorOperators.ROL, 16).reinterpretAsBytes()).add(words.lanewise(VectorOperators.ROL, 24).reinterpretAsBytes());
                sums = sums.add(all.reinterpretAsInts().lanewise(VectorOperators.ASHR, 24));
                all.sub(bytes.add(bytes)).reinterpretAsInts().intoMemorySegment(weights, quad, ByteOrder.LITTLE_ENDIAN);
                quad += QUAD;
                i += one;
            } while (i < GROUP / 4);
            FloatVector step = FloatVector.fromMemorySegment(FLOATS, form, scale, ByteOrder.LITTLE_ENDIAN);
            step.mul(1f / RotatedInputs.BLOCK).intoMemorySegment(scales, to, ByteOrder.LITTLE_ENDIAN);
            // A quad's weights add up to twice what they were before.
            ((FloatVector) sums.convert(VectorOperators.I2F, 0)).mul(-2f * RotatedInputs.OFFSET / RotatedInputs.BLOCK).mul(step)
                    .intoMemorySegment(scales, to + FLOAT_ROW, ByteOrder.LITTLE_ENDIAN);
            scale += 2 * BYTES;
            to += 2 * FLOAT_ROW;
        }
    }
}
