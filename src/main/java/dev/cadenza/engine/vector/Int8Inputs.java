package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Inputs of prompts' rows in eight bits, for {@link Int8Kernel}. Each block of eight is multiplied by a Hadamard matrix first, so that a number that is
 * far greater than those beside it is spread over all of them, and does not make the steps of the others coarse (as in QuaRot, arXiv 2404.00456, in
 * blocks so small that the weights' codes, multiplied by the same matrix, are whole numbers of eight bits, and few enough bits for sums of sixteen). A
 * group of 32 shares its step. A row depends on nothing but its inputs. One thread per row at a time.
 *
 * <p>A group has its bytes, unsigned: {@link #OFFSET} and the rotated input over the step; then, in float32, what its sums of products are multiplied
 * with, and the sum of what its inputs have become.
 */
final class Int8Inputs implements AutoCloseable {
    /**
     * Inputs that are multiplied with the matrix H x (J - 2I), H being the one of two rows and J of ones, four by four: it is its own inverse, up to a
     * factor of eight. Sums and differences of neighbours first, then the sum of the others of four without itself.
     */
    static final int BLOCK = 8;
    /** Inputs of a step. */
    static final int GROUP = 32;
    static final int GROUP_BYTES = GROUP + 2 * Float.BYTES;
    /** From a group's first byte. */
    static final int STEP = GROUP;
    static final int SUM = GROUP + Float.BYTES;
    /** What is added to a number in eight bits, for the kernel's left side is unsigned. */
    static final int OFFSET = 128;
    static final int LARGEST = 127;

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private int rows;
    private int width;

    /** For so many rows of a multiple of {@link #GROUP} inputs from now on; their content is undefined. */
    void shape(int newRows, int newWidth) {
        rows = newRows;
        width = newWidth;
        long bytes = rows * rowBytes();
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

    int groups() {
        return width / GROUP;
    }

    /** From row to row. */
    long rowBytes() {
        return (long) groups() * GROUP_BYTES;
    }

    /** Of some rows; what lies beyond the room is refused. */
    long address(int from, int to) {
        return memory.asSlice(from * rowBytes(), (to - from) * rowBytes()).address();
    }

    /** Takes a row's inputs. */
    void set(int row, float[] source, int at) {
        RowCode.rotate(source, at, width, memory.asSlice(row * rowBytes(), rowBytes()));
    }

    /**
     * Takes rows' inputs of a group. Threads may have groups of a row each.
     *
     * @param source [rows, {@link #GROUP}], in native memory
     */
    void setGroup(int row, int count, int group, MemorySegment source) {
        long at = row * rowBytes() + (long) group * GROUP_BYTES;
        RowCode.rotate(source, count, memory.asSlice(at, (count - 1) * rowBytes() + GROUP_BYTES), rowBytes());
    }

    /** Writes the inputs that a row's bytes stand for. */
    void get(int row, float[] target, int at) {
        for (int group = 0; group < groups(); group++) {
            long from = row * rowBytes() + (long) group * GROUP_BYTES;
            float step = memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + STEP);
            for (int block = 0; block < GROUP; block += BLOCK) {
                block(from + block, step, target, at + group * GROUP + block);
            }
        }
    }

    /** First come the sums of inputs 7 and 6, 5 and 4, 3 and 2, 1 and 0, rotated, then their differences. */
    private void block(long from, float step, float[] target, int at) {
        int sums = 0;
        int differences = 0;
        for (int i = 0; i < BLOCK / 2; i++) {
            sums += number(from + i);
            differences += number(from + BLOCK / 2 + i);
        }
        for (int i = 0; i < BLOCK / 2; i++) {
            int sum = sums - 2 * number(from + i);
            int difference = differences - 2 * number(from + BLOCK / 2 + i);
            target[at + BLOCK - 1 - 2 * i] = step * (sum + difference);
            target[at + BLOCK - 2 - 2 * i] = step * (sum - difference);
        }
    }

    private int number(long at) {
        return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, at)) - OFFSET;
    }

    @Override
    public void close() {
        arena.close();
    }
}
