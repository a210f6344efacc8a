package dev.cadenza.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A sequence's nodes with, per layer that each has run, the value it left there. */
final class ToyRegion implements Region {
    private final ToyEngine engine;
    private final ToyModel model;
    private final List<Node> nodes = new ArrayList<>();
    private final int[] written;
    private int settled;
    private int capacity;
    private int age;
    private boolean released;
    private boolean spoiled;

    /**
     * @param parent index of a slot, -1: none
     * @param values per layer; meaningless where the node has not run it
     */
    private record Node(int parent, long[] values, boolean[] ran) {
        Node(int parent, int layers) {
            this(parent, new long[layers], new boolean[layers]);
        }
    }

    ToyRegion(ToyEngine engine, ToyModel model, int capacity) {
        this.engine = engine;
        this.model = model;
        this.written = new int[engine.shape().layers()];
        this.capacity = capacity;
    }

    @Override
    public int settled() {
        return settled;
    }

    @Override
    public int open() {
        return nodes.size() - settled;
    }

    @Override
    public int written(int layer) {
        return written[layer];
    }

    @Override
    public int capacity() {
        return capacity;
    }

    /** Grows whenever the nodes of the region change their places, which ends the life of hidden states. */
    int age() {
        return age;
    }

    @Override
    public boolean grow(int slots) {
        police();
        ToyEngine.require(slots <= engine.shape().context(), "grow(%d)", slots);
        if (slots > capacity) {
            if (!engine.reserve(slots - capacity)) {
                return false;
            }
            capacity = slots;
        }
        return true;
    }

    @Override
    public void keep(int... path) {
        police();
        int parent = settled - 1;
        List<Node> kept = new ArrayList<>();
        for (int index : path) {
            ToyEngine.require(index >= 0 && index < open(), "keep(%d) of %d nodes", index, open());
            Node node = nodes.get(settled + index);
            ToyEngine.require(node.parent() == parent, "kept node %d does not hang on the one before", index);
            parent = settled + index;
            kept.add(new Node(settled + kept.size() - 1, node.values(), node.ran()));
        }
        nodes.subList(settled, nodes.size()).clear();
        nodes.addAll(kept);
        settled = nodes.size();
        for (int layer = 0; layer < written.length; layer++) {
            while (written[layer] < settled && nodes.get(written[layer]).ran()[layer]) {
                written[layer]++;
            }
        }
        age++;
    }

    @Override
    public void truncate(int shorter) {
        police();
        ToyEngine.require(open() == 0 && shorter >= 0 && shorter <= settled, "truncate(%d) of %d slots, %d open", shorter, settled, open());
        nodes.subList(shorter, nodes.size()).clear();
        settled = shorter;
        Arrays.setAll(written, layer -> Math.min(written[layer], shorter));
        age++;
    }

    @Override
    public void adopt(Region source, int slots) {
        police();
        ToyRegion from = (ToyRegion) source;
        from.police();
        ToyEngine.require(from != this && open() == 0 && slots >= 0 && slots <= from.settled && slots <= capacity,
                "adopt(%d) of %d slots into %d, %d open", slots, from.settled, capacity, open());
        nodes.clear();
        nodes.addAll(from.nodes.subList(0, slots));
        settled = slots;
        Arrays.setAll(written, layer -> Math.min(from.written[layer], slots));
        age++;
    }

    @Override
    public void close() {
        engine.requireOwner();
        if (!released) {
            released = true;
            age++;
            engine.release(this);
        }
    }

    void spoil() {
        spoiled = true;
    }

    void police() {
        engine.police();
        ToyEngine.require(!released, "a closed region is used");
        ToyEngine.require(!spoiled, "a region whose segment failed is used");
    }

    /** Whether an open node has run a layer. */
    boolean ran(int node, int layer) {
        return nodes.get(settled + node).ran()[layer];
    }

    /** How many layers an open node has run. */
    int layersRun(int node) {
        return (int) IntStream.range(0, written.length).filter(layer -> ran(node, layer)).count();
    }

    /** The open node that an open node hangs on; -1: the settled prefix. */
    int parent(int node) {
        return Math.max(-1, nodes.get(settled + node).parent() - settled);
    }

    /**
     * Adds the segment's rows, if they are new, and runs its layers.
     *
     * @return states [layers + 1][rows]: as they enter each layer, and behind the last; from hidden states, those below their layer are 0
     */
    long[][] run(Segment segment) {
        long[][] states = new long[written.length + 1][segment.rows()];
        int[] slots = new int[segment.rows()];
        int first = switch (segment.input()) {
            case Input.Tokens(int[] ids, int[] parents) -> {
                int open = open();
                for (int row = 0; row < ids.length; row++) {
                    slots[row] = settled + open + row;
                    nodes.add(new Node(settled + parents[row], written.length));
                    states[0][row] = model.embedding(ids[row], segment.role());
                }
                yield 0;
            }
            case Input.Hidden hidden -> {
                int row = 0;
                for (HiddenStates some : hidden.states()) {
                    ToyHiddenStates kept = (ToyHiddenStates) some;
                    for (int i = 0; i < kept.nodes().length; i++, row++) {
                        slots[row] = settled + kept.nodes()[i];
                        states[hidden.layer()][row] = kept.state(i);
                    }
                }
                yield hidden.layer();
            }
        };
        for (int layer = first; layer < written.length; layer++) {
            if (segment.layers().contains(layer)) {
                runLayer(layer, slots, states[layer], states[layer + 1]);
            } else {
                states[layer + 1] = states[layer].clone();
            }
        }
        return states;
    }

    /** All rows leave their values before any of them reads. */
    private void runLayer(int layer, int[] slots, long[] entering, long[] behind) {
        for (int row = 0; row < slots.length; row++) {
            Node node = nodes.get(slots[row]);
            node.values()[layer] = entering[row];
            node.ran()[layer] = true;
        }
        long prefix = model.nothingRead(layer);
        for (int slot = 0; slot < settled; slot++) {
            prefix = model.read(prefix, nodes.get(slot).values()[layer]);
        }
        int[] path = new int[open()];
        for (int row = 0; row < slots.length; row++) {
            int depth = 0;
            for (int at = slots[row]; at >= settled; at = nodes.get(at).parent()) {
                path[depth++] = at;
            }
            long context = prefix;
            while (depth > 0) {
                context = model.read(context, nodes.get(path[--depth]).values()[layer]);
            }
            int parent = nodes.get(slots[row]).parent();
            behind[row] = model.behind(layer, entering[row], parent < 0 ? 0 : nodes.get(parent).values()[layer], context);
        }
    }
}
