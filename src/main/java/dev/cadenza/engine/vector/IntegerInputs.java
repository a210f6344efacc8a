package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Inputs of a linear for all rows of a call, rounded to integers of sixteen bits with one step per row: less than 2^-16 of the row's largest is lost. A
 * row depends on nothing but its inputs. One thread per row at a time.
 *
 * <p>A row has its groups of inputs, each followed by the float32 sum of its integers; and the step. Two inputs stand beside each other whose codes do
 * so where {@link IntegerKernel} has them: one of the first half of a packed word and one, lower, of the second.
 */
final class IntegerInputs implements AutoCloseable {
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
        for (int i = 0; i < firsts.length; i++) {
            PackedForm.Format format = formats.get(i);
            RowCode.round(format, source, at, width, memory.asSlice(firsts[i] + row * rowBytes(format), rowBytes(format)));
        }
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
