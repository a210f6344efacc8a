package dev.cadenza.model;

import java.lang.foreign.MemorySegment;

/**
 * A tensor as it lies in the checkpoint.
 *
 * @param name    as the checkpoint calls it
 * @param type    element format
 * @param rows    outputs; 1 for a vector
 * @param columns inputs; consecutive in memory
 * @param data    rows * columns elements in row order, read-only, valid until the checkpoint closes
 */
public record Weight(String name, WeightType type, int rows, int columns, MemorySegment data) {

    /**
     * Writes the exact float32 values of some rows in row order.
     *
     * @param target native-order floats, {@code count * columns} of them
     */
    public void dequantise(int firstRow, int count, MemorySegment target) {
        type.dequantise(data.asSlice(type.bytes((long) firstRow * columns), type.bytes((long) count * columns)), (long) count * columns, target);
    }

    /**
     * Takes a row of a format of {@linkplain WeightType#codeBits() codes} apart: an element is {@code scale * code + base}, with scale and base of
     * its {@linkplain WeightType#group() group}. Scales are exact, bases round once.
     *
     * @param words  receives {@code columns} signed numbers of that many bits, the first of a word in its highest ones
     * @param scales receives one of each group
     * @param bases  likewise
     */
    public void groups(int row, int[] words, float[] scales, float[] bases) {
        if (type.codeBits() == 0) {
            throw new IllegalArgumentException(type + " has no codes");
        }
        var decoder = new BlockDecoder(type, data);
        int perWord = Integer.SIZE / type.codeBits();
        for (int element = 0; element < columns; element += type.blockElements()) {
            decoder.groups(type.bytes((long) row * columns + element), words, element / perWord, scales, bases, element / type.group());
        }
    }
}
