package dev.cadenza.engine.vector;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Rows of a prompt behind some slots, drawn by the number of the trial. */
final class PromptCase {
    private static final int[] HEAD_DIMS = {2, 6, 8, 12, 16, 22, 40, 64, 80, 128};
    final int headDim;
    /** Query heads. */
    final int group;
    /** Slots before the first row. */
    final int first;
    final int rows;
    final int capacity;
    final float[] queries;
    /** Keys, then values, of all slots. */
    final MemorySegment data;
    private final int trial;

    PromptCase(int trial, int mostFirst, int mostRows) {
        this(trial, mostFirst, mostRows, HEAD_DIMS);
    }

    PromptCase(int trial, int mostFirst, int mostRows, int[] headDims) {
        this.trial = trial;
        var random = new Random(trial);
        headDim = headDims[random.nextInt(headDims.length)];
        group = 1 + random.nextInt(4);
        first = random.nextInt(random.nextBoolean() ? 4 : mostFirst);
        rows = 1 + random.nextInt(mostRows);
        capacity = first + rows + 20;
        queries = new float[rows * width()];
        for (int i = 0; i < queries.length; i++) {
            queries[i] = random.nextFloat() * 2 - 1;
        }
        data = Arena.ofAuto().allocate(8L * capacity * headDim, 64);
        for (int i = 0; i < 2 * capacity * headDim; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
        }
    }

    /** Of a row's queries. */
    int width() {
        return group * headDim;
    }

    float scale() {
        return (float) (1 / Math.sqrt(headDim));
    }

    /** Byte offset of the values. */
    long values() {
        return 4L * capacity * headDim;
    }

    float[] attendOne(int row) {
        float[] out = new float[width()];
        int seen = first + row + 1;
        Attention.attend(queries, row * width(), group, headDim, scale(), data, 0, data, values(), seen, new int[0], 0, out, 0,
                new float[Attention.scratch(group, headDim, seen)]);
        return out;
    }

    /** Writes some of the rows. */
    void attend(BlockAttention attention, int from, int count, float[] out) {
        int seen = first + from + count;
        long blockFloats = attention.blockFloats(headDim);
        MemorySegment blocks = Arena.ofAuto().allocate(4 * blockFloats * BlockAttention.padded(seen) / BlockAttention.BLOCK, 64);
        for (int slot = 0; slot < seen; slot += BlockAttention.BLOCK) {
            attention.prepare(data, 4L * headDim * slot, values() + 4L * headDim * slot, Math.min(BlockAttention.BLOCK, seen - slot), headDim, blocks,
                    blockFloats * slot / BlockAttention.BLOCK);
        }
        for (int head = 0; head < group; head++) {
            int at = from * width() + head * headDim;
            attention.attend(queries, at, width(), headDim, scale(), blocks, 0, Matrix.of(data, (long) capacity * headDim, headDim), seen, first + from, count, out,
                    at, width());
        }
    }

    void spoilUnseen() {
        for (long plane : new long[] {0, values()}) {
            data.asSlice(plane + 4L * headDim * (first + rows), 4L * headDim * (capacity - first - rows)).fill((byte) -1);
        }
    }

    @Override
    public String toString() {
        return "case %d: %d rows behind %d, %d heads of %d".formatted(trial, rows, first, group, headDim);
    }
}
