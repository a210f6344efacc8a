package dev.cadenza.engine.vector;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** What the attention of prompts makes of some rows, held against plain sums in double precision and against each row alone. */
final class AttentionCheck {
    /** Tiles of every kernel: one of its most rows and one of a single row, with keys in two blocks, neither of which all rows see whole. */
    private static final int ROWS = Int16ProductKernel.ROWS + 1;
    private static final int BEFORE = BlockAttention.BLOCK - 3;
    private static final int SLOTS = BEFORE + ROWS;

    private final BlockAttention attention;
    private final int headDim;
    private final float[] queries;
    private final float[] keysAndValues;

    private AttentionCheck(BlockAttention attention, int headDim) {
        this.attention = attention;
        this.headDim = headDim;
        float[] noise = KernelCheck.noise((ROWS + 2 * SLOTS) * headDim);
        queries = Arrays.copyOf(noise, ROWS * headDim);
        keysAndValues = Arrays.copyOfRange(noise, ROWS * headDim, noise.length);
    }

    static KernelCheck of(BlockAttention attention, int headDim) {
        var check = new AttentionCheck(attention, headDim);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment layer = arena.allocateFrom(ValueLayout.JAVA_FLOAT, check.keysAndValues);
            float[] together = check.attend(layer, 0, ROWS, arena);
            boolean invariant = true;
            for (int row = 0; row < ROWS; row++) {
                float[] alone = check.attend(layer, row, 1, arena);
                invariant &= Arrays.equals(alone, Arrays.copyOfRange(together, row * headDim, (row + 1) * headDim));
            }
            return new KernelCheck(check.error(together), invariant);
        }
    }

    private float[] attend(MemorySegment layer, int from, int rows, Arena arena) {
        int seen = BEFORE + from + rows;
        long values = (long) Float.BYTES * SLOTS * headDim;
        MemorySegment blocks = arena.allocate(Float.BYTES * attention.blockFloats(headDim) * BlockAttention.padded(seen) / BlockAttention.BLOCK, 64);
        for (int slot = 0; slot < seen; slot += BlockAttention.BLOCK) {
            long at = (long) Float.BYTES * slot * headDim;
            attention.prepare(layer, at, values + at, Math.min(BlockAttention.BLOCK, seen - slot), headDim, blocks,
                    attention.blockFloats(headDim) * slot / BlockAttention.BLOCK);
        }
        float[] out = new float[rows * headDim];
        attention.attend(queries, from * headDim, headDim, headDim, scale(), blocks, 0, Matrix.of(layer, values / Float.BYTES, headDim), seen, BEFORE + from, rows,
                out, 0, headDim);
        return out;
    }

    private float scale() {
        return (float) (1 / Math.sqrt(headDim));
    }

    /** Relative to the largest output. */
    private double error(float[] out) {
        double worst = 0;
        double largest = 0;
        for (int row = 0; row < ROWS; row++) {
            double[] expected = expected(row);
            for (int i = 0; i < headDim; i++) {
                worst = Math.max(worst, Math.abs(expected[i] - out[row * headDim + i]));
                largest = Math.max(largest, Math.abs(expected[i]));
            }
        }
        return worst / largest;
    }

    private double[] expected(int row) {
        double[] mixed = new double[headDim];
        double weights = 0;
        for (int slot = 0; slot <= BEFORE + row; slot++) {
            double score = 0;
            for (int i = 0; i < headDim; i++) {
                score += (double) queries[row * headDim + i] * keysAndValues[slot * headDim + i];
            }
            double weight = Math.exp(score * scale());
            weights += weight;
            for (int i = 0; i < headDim; i++) {
                mixed[i] += weight * keysAndValues[(SLOTS + slot) * headDim + i];
            }
        }
        for (int i = 0; i < headDim; i++) {
            mixed[i] /= weights;
        }
        return mixed;
    }
}
