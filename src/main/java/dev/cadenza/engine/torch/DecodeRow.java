package dev.cadenza.engine.torch;

import dev.cadenza.engine.LayerSet;

/** A next-token row: an open node and the token that enters it, or 0 where a hidden state does. */
record DecodeRow(TorchRegion region, int node, int token, LayerSet layers) {

    int base() {
        return region.block().base();
    }

    int position() {
        return region.position(node);
    }

    int slot() {
        return region.settled() + node;
    }
}
