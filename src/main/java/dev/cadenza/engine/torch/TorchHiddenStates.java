package dev.cadenza.engine.torch;

import dev.cadenza.engine.HiddenStates;
import dev.cadenza.engine.Region;

/** Device thread only. */
final class TorchHiddenStates implements HiddenStates {
    private final TorchRegion owner;
    private final int epoch;
    private final int[] nodes;
    private final int layer;
    private float[] states;

    /** @param states [nodes, hidden] */
    TorchHiddenStates(TorchRegion owner, int epoch, int[] nodes, int layer, float[] states) {
        this.owner = owner;
        this.epoch = epoch;
        this.nodes = nodes;
        this.layer = layer;
        this.states = states;
    }

    @Override
    public Region region() {
        return owner;
    }

    @Override
    public int[] nodes() {
        return nodes;
    }

    @Override
    public int layer() {
        return layer;
    }

    /** @throws IllegalStateException closed, or their nodes are gone */
    float[] usable() {
        if (states == null || owner.epoch() != epoch) {
            throw new IllegalStateException("hidden states of nodes that are gone, or closed ones");
        }
        return states;
    }

    @Override
    public void close() {
        states = null;
    }
}
