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
     * Takes a row of a {@linkplain WeightType#fourBit() four-bit} format apart: an element is {@code scale * code + minimum}, with scale and
     * minimum of its group of {@link WeightType#FOUR_BIT_GROUP}. Scales are exact, minima too.
     *
     * @param codes  receives {@code columns} numbers 0..15
     * @param scales receives one of each group
     * @param minima likewise
     */
    public void fourBitGroups(int row, int[] codes, float[] scales, float[] minima) {
        var decoder = new BlockDecoder(type, data);
        for (int element = 0; element < columns; element += type.blockElements()) {
            decoder.groups(type.bytes((long) row * columns + element), codes, element, scales, minima, element / WeightType.FOUR_BIT_GROUP);
        }
    }
}
