package dev.cadenza.engine.vector;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.MemorySegment;

/**
 * Attention of a prompt's rows, which stand one behind the other: softmax(scale * q . k) . v, each row seeing the slots up to its own. Keys and values
 * are prepared in blocks of fixed places. A row's bits do not depend on which rows share a call. Room of one thread; closing frees native memory.
 */
sealed interface BlockAttention extends AutoCloseable permits Int16Attention, ProductAttention {
    /** Rows of a call at most. */
    int ROWS = 64;
    /** Slots that are prepared together. */
    int BLOCK = 64;

    /** Slots in whole blocks. */
    static int padded(int slots) {
        return (slots + BLOCK - 1) / BLOCK * BLOCK;
    }

    /** Floats that a block takes when it is prepared. */
    long blockFloats(int headDim);

    /**
     * Prepares a block.
     *
     * @param layer  has keys [slots, headDim] from byte {@code keys} on, values from byte {@code values} on
     * @param count  slots, {@link #BLOCK} at most
     * @param target receives {@link #blockFloats} from float {@code to} on
     */
    void prepare(MemorySegment layer, long keys, long values, int count, int headDim, MemorySegment target, long to);

    /**
     * One query head of some rows.
     *
     * @param queries  row r's is from {@code queriesAt + r * queryStride}
     * @param blocks   one behind the other from float {@code blocksAt} on, as {@link #prepare} has them
     * @param values   [slots, headDim]
     * @param slots    that have keys and values, those of the rows among them
     * @param first    slots that the first row sees before its own; the next sees one more
     * @param rows     1 to {@link #ROWS}
     * @param target   receives row r's from {@code targetAt + r * targetStride}
     */
    void attend(float[] queries, int queriesAt, int queryStride, int headDim, float scale, MemorySegment blocks, long blocksAt, Matrix values,
            int slots, int first, int rows, float[] target, int targetAt, int targetStride);

    @Override
    void close();
}
