package dev.cadenza.engine;

/** Remembers how old its region was: states whose nodes have moved since are dead. */
final class ToyHiddenStates implements HiddenStates {
    private final ToyEngine engine;
    private final ToyRegion region;
    private final int age;
    private final int[] nodes;
    private final int layer;
    private final long[] states;
    private boolean released;

    ToyHiddenStates(ToyEngine engine, ToyRegion region, int[] nodes, int layer, long[] states) {
        this.engine = engine;
        this.region = region;
        this.age = region.age();
        this.nodes = nodes;
        this.layer = layer;
        this.states = states;
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

    void police() {
        engine.police();
        ToyEngine.require(!released, "closed hidden states are used");
        ToyEngine.require(age == region.age(), "hidden states are used after a keep, truncate, adopt or close of their region");
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
