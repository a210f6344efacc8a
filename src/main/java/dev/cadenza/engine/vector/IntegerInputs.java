package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.FLOATS;
import static dev.cadenza.engine.vector.CodeKernel.INTS;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Inputs of a linear for all rows of a call, rounded to integers of sixteen bits with one step per row: less than 2^-16 of the row's largest is lost. A
 * row depends on nothing but its inputs. One thread per row at a time.
 *
 * <p>A row has its groups of inputs, each followed by the float32 sum of its integers; and the step. Two inputs stand beside each other whose codes do
 * so where {@link IntegerKernel} has them: one of the first half of a packed word and one, lower, of the second.
 */
final class IntegerInputs implements AutoCloseable {
    private static final int LARGEST = Short.MAX_VALUE;
    private static final VectorMask<Integer> UPPER = VectorMask.fromLong(INTS, (1L << LANES) - (1L << LANES / 2));

    /** Where inputs of two registers go, for codes of so many bits. */
    private record Order(int bits, VectorShuffle<Integer> high, VectorShuffle<Integer> low) {
        static Order of(int bits) {
            return new Order(bits, shuffle(bits, 0), shuffle(bits, Short.SIZE / bits));
        }

        /** The same for both halves: what a register gives takes one half. */
        private static VectorShuffle<Integer> shuffle(int bits, int offset) {
            int half = Short.SIZE / bits;
            return VectorShuffle.fromOp(INTS, lane -> lane % (LANES / 2) / half * 2 * half + lane % half + offset);
        }
    }

    private static final Order FOUR_BITS = Order.of(4);
    private static final Order EIGHT_BITS = Order.of(8);

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private List<PackedForm.Format> formats = List.of();
    private long[] firsts = new long[0];
    private int rows;
    private int width;

    /** For so many rows from now on, as weights of these formats want them; their content is undefined. */
    void shape(List<PackedForm.Format> newFormats, int newRows, int newWidth) {
        formats = newFormats;
        rows = newRows;
        width = newWidth;
        firsts = new long[formats.size()];
        long bytes = 0;
        for (int i = 0; i < firsts.length; i++) {
            firsts[i] = bytes;
            bytes += rows * rowBytes(formats.get(i));
        }
        if (memory.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            memory = arena.allocate(bytes + bytes / 2, 64);
        }
    }

    int rows() {
        return rows;
    }

    int width() {
        return width;
    }

    static int groupBytes(int group) {
        return group * Short.BYTES + Float.BYTES;
    }

    /** From row to row. */
    long rowBytes(PackedForm.Format format) {
        return (long) width / format.group() * groupBytes(format.group()) + Float.BYTES;
    }

    /** Of the first row. */
    long address(PackedForm.Format format) {
        return memory.address() + firsts[formats.indexOf(format)];
    }

    /** Takes a row's inputs. */
    void set(int row, float[] source, int at) {
        float step = largest(source, at, width) / LARGEST;
        float factor = step < Float.MIN_NORMAL ? 0 : 1 / step;
        for (int i = 0; i < firsts.length; i++) {
            PackedForm.Format format = formats.get(i);
            long to = firsts[i] + row * rowBytes(format);
            write(source, at, width, factor, format.group(), format.bits() == 4 ? FOUR_BITS : EIGHT_BITS, memory, to);
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, to + rowBytes(format) - Float.BYTES, step);
        }
    }

    /** Of absolute values, as bits: as whole numbers they have the same order, NaN above all. */
    private static float largest(float[] source, int at, int count) {
        IntVector largest = IntVector.zero(INTS);
        for (int i = at; i < at + count; i += LANES) {
            largest = largest.max(FloatVector.fromArray(FLOATS, source, i).reinterpretAsInts().lanewise(VectorOperators.AND, Integer.MAX_VALUE));
        }
        return Float.intBitsToFloat(largest.reduceLanes(VectorOperators.MAX));
    }

    private static void write(float[] source, int at, int count, float factor, int group, Order order, MemorySegment target, long start) {
        long to = start;
        for (int i = at; i < at + count; i += group) {
            IntVector sum = IntVector.zero(INTS);
            for (int k = i; k < i + group; k += 2 * LANES) {
                IntVector first = rounded(FloatVector.fromArray(FLOATS, source, k), factor);
                IntVector second = rounded(FloatVector.fromArray(FLOATS, source, k + LANES), factor);
                sum = sum.add(first).add(second);
                IntVector high = first.rearrange(order.high).blend(second.rearrange(order.high), UPPER);
                IntVector low = first.rearrange(order.low).blend(second.rearrange(order.low), UPPER);
                high.lanewise(VectorOperators.LSHL, Short.SIZE).or(low.and(0xFFFF)).intoMemorySegment(target, to, ByteOrder.LITTLE_ENDIAN);
                to += 2L * LANES * Short.BYTES;
            }
            target.set(ValueLayout.JAVA_FLOAT_UNALIGNED, to, sum.reduceLanes(VectorOperators.ADD));
            to += Float.BYTES;
        }
    }

    private static IntVector rounded(FloatVector x, float factor) {
        return x.fma(FloatVector.broadcast(FLOATS, factor), FloatVector.broadcast(FLOATS, RowKernels.ROUNDER)).reinterpretAsInts().sub(RowKernels.ROUNDER_BITS);
    }

    /** Writes the inputs that a row's integers stand for. */
    void get(int row, float[] target, int at) {
        PackedForm.Format format = formats.getFirst();
        int half = Short.SIZE / format.bits();
        long from = firsts[0] + row * rowBytes(format);
        float step = memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + rowBytes(format) - Float.BYTES);
        for (int i = 0; i < width; i++) {
            int place = i / (2 * half) * 2 * half + i % half * 2 + (i / half % 2 == 0 ? 1 : 0);
            long group = i / format.group();
            target[at + i] = step * memory.get(ValueLayout.JAVA_SHORT, from + group * Float.BYTES + (long) place * Short.BYTES);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
