package dev.cadenza.engine;

import java.util.stream.IntStream;

/** Remembers how old its region was, and what its nodes had run: states whose nodes have moved since are dead, or left behind. */
final class ToyHiddenStates implements HiddenStates {
    private final ToyEngine engine;
    private final ToyRegion region;
    private final int age;
    private final int[] nodes;
    private final int layer;
    private final long[] states;
    private final int[] layersRun;
    private boolean released;

    ToyHiddenStates(ToyEngine engine, ToyRegion region, int[] nodes, int layer, long[] states) {
        this.engine = engine;
        this.region = region;
        this.age = region.age();
        this.nodes = nodes;
        this.layer = layer;
        this.states = states;
        this.layersRun = IntStream.of(nodes).map(region::layersRun).toArray();
    }

    @Override
    public Region region() {
        return region;
    }

    @Override
    public int[] nodes() {
        return nodes.clone();
    }

    @Override
    public int layer() {
        return layer;
    }

    long state(int i) {
        return states[i];
    }

    /** @param runs whether the nodes are to run layers, which only the latest states of a node may */
    void police(boolean runs) {
        engine.police();
        ToyEngine.require(!released, "closed hidden states are used");
        ToyEngine.require(age == region.age(), "hidden states are used after a keep, truncate, adopt or close of their region");
        for (int i = 0; i < nodes.length; i++) {
            ToyEngine.require(!runs || region.layersRun(nodes[i]) == layersRun[i], "node %d goes on from states that it has left behind", nodes[i]);
        }
    }

    @Override
    public void close() {
        engine.requireOwner();
        if (!released) {
            released = true;
            engine.release(this);
        }
    }
}
