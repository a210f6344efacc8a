package dev.cadenza.engine.torch;

import dev.cadenza.engine.LayerSet;

/**
 * A next-token row.
 *
 * @param node   open node of the region
 * @param token  that enters it, or 0 where a hidden state does
 * @param single its segment's only row
 */
record DecodeRow(TorchRegion region, int node, int token, LayerSet layers, boolean single) {

    int base() {
        return region.block().base();
    }

    int position() {
        return region.position(node);
    }

    /** Slots of the node's ancestors by depth, its own last. */
    int[] openSlots() {
        int[] slots = new int[region.depth(node) + 1];
        for (int at = node, i = slots.length - 1; i >= 0; at = region.parent(at), i--) {
            slots[i] = region.settled() + at;
        }
        return slots;
    }

    int slot() {
        return region.settled() + node;
    }
}
