package dev.cadenza.engine.vector;

import dev.cadenza.engine.LayerSet;

/**
 * A token on its way through the layers.
 *
 * @param position in the sequence
 * @param base     first slot of its region in the arena
 * @param capacity slots of the region
 * @param settled  leading slots of the region that it sees
 * @param open     further slots that it sees: its ancestors' by depth, itself last
 * @param layers   that it runs
 * @param prompt   whether it is of a prompt: the settled slots are all that it sees besides its own
 */
public record DecoderRow(int position, int base, int capacity, int settled, int[] open, LayerSet layers, boolean prompt) {
    /** Whether the other is the same prompt's next row. */
    boolean goesOnWith(DecoderRow next) {
        return prompt && next.prompt && next.base == base && next.settled == settled + 1 && next.layers.equals(layers);
    }

    /** Where its keys and values go. */
    int slot() {
        return open[open.length - 1];
    }

    /** Byte offset of a plane of its region: a head's keys, or from the number of heads on its values. */
    long plane(int index, int kvHeads, int headDim) {
        return 4L * headDim * ((long) base * 2 * kvHeads + (long) index * capacity);
    }
}
