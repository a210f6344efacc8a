package dev.cadenza.engine.torch;

import ai.djl.pytorch.engine.PtNDArray;
import dev.cadenza.engine.HiddenStates;
import dev.cadenza.engine.Region;

/** @param states [nodes, hidden], float32, for this to close */
record TorchHiddenStates(TorchRegion owner, int epoch, int[] nodes, int layer, PtNDArray states) implements HiddenStates {

    @Override
    public Region region() {
        return owner;
    }

    /** @throws IllegalStateException closed, or their nodes are gone */
    PtNDArray usable() {
        if (states.isReleased() || owner.epoch() != epoch) {
            throw new IllegalStateException("hidden states of nodes that are gone, or closed ones");
        }
        return states;
    }

    @Override
    public void close() {
        states.close();
    }
}
