package dev.cadenza.engine.torch;

import dev.cadenza.engine.HiddenStates;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.Want;
import dev.cadenza.engine.kv.SlotAllocator.Block;
import java.util.Arrays;
import java.util.BitSet;

/** A block of the arena with its tree of open nodes. Device thread only. */
final class TorchRegion implements Region {
    private static final int SETTLED = -1;

    private final TorchEngine engine;
    private Block block;
    private int settled;
    private int open;
    /** Per open node its parent among the open nodes, -1: the settled prefix; and its depth, 0 for children of the prefix. */
    private int[] parents = new int[16];
    private int[] depths = new int[16];
    /** Per open node the layers that it has run; {@code null}: all. */
    private BitSet[] ran = new BitSet[16];
    /** Per layer the leading settled slots that have it; {@code null}: all settled ones. */
    private int[] written;
    /** Changes whenever nodes cease to be what they were. */
    private int epoch;
    private boolean tainted;
    private boolean closed;

    TorchRegion(TorchEngine engine, Block block) {
        this.engine = engine;
        this.block = block;
    }

    Block block() {
        return block;
    }

    @Override
    public int settled() {
        return settled;
    }

    @Override
    public int open() {
        return open;
    }

    @Override
    public int written(int layer) {
        return written == null ? settled : written[layer];
    }

    int epoch() {
        return epoch;
    }

    @Override
    public int capacity() {
        return block.capacity();
    }

    /** Position of an open node. */
    int position(int node) {
        return settled + depths[node];
    }

    /** 0 for children of the settled prefix. */
    int depth(int node) {
        return depths[node];
    }

    int parent(int node) {
        return parents[node];
    }

    /** Adds nodes that a step is about to compute; {@link #dropLast} takes them back when it fails. */
    void append(int[] newParents, LayerSet layers) {
        requireOpen();
        int count = newParents.length;
        if (settled + open + count > block.capacity()) {
            throw new IllegalStateException("%d settled + %d open + %d new nodes exceed capacity %d".formatted(settled, open, count, block.capacity()));
        }
        for (int i = 0; i < count; i++) {
            if (newParents[i] < SETTLED || newParents[i] >= open + i) {
                throw new IllegalArgumentException("node %d cannot have parent %d".formatted(open + i, newParents[i]));
            }
            // A parent in the same segment runs the same layers.
            requireWritten(newParents[i] >= open ? SETTLED : newParents[i], layers);
        }
        if (parents.length < open + count) {
            parents = Arrays.copyOf(parents, Math.max(2 * parents.length, open + count));
            depths = Arrays.copyOf(depths, parents.length);
            ran = Arrays.copyOf(ran, parents.length);
        }
        BitSet run = bits(layers);
        for (int parent : newParents) {
            parents[open] = parent;
            depths[open] = parent == SETTLED ? 0 : depths[parent] + 1;
            ran[open] = run;
            open++;
        }
    }

    /** {@code null}: all layers. */
    private BitSet bits(LayerSet layers) {
        int count = engine.shape().layers();
        if (layers.count(count) == count) {
            return null;
        }
        var bits = new BitSet(count);
        for (int layer = 0; layer < count; layer++) {
            bits.set(layer, layers.contains(layer));
        }
        return bits;
    }

    private boolean has(int node, int layer) {
        return ran[node] == null || ran[node].get(layer);
    }

    /** The settled prefix and the nodes from {@code node} up must have run what their descendants are to run. */
    private void requireWritten(int node, LayerSet layers) {
        if (written == null && open == 0) {
            return;
        }
        for (int layer = 0; layer < engine.shape().layers(); layer++) {
            if (layers.contains(layer)) {
                if (written(layer) < settled) {
                    throw new IllegalArgumentException("layer %d was left out after position %d of %d".formatted(layer, written(layer), settled));
                }
                for (int above = node; above >= 0; above = parents[above]) {
                    requireRan(above, layer);
                }
            }
        }
    }

    private void requireRan(int node, int layer) {
        if (!has(node, layer)) {
            throw new IllegalArgumentException("node %d has not run layer %d".formatted(node, layer));
        }
    }

    /**
     * Checks that open nodes may go on through these layers.
     *
     * @param nodes distinct
     */
    void requireResumable(int[] nodes, int from, LayerSet layers) {
        requireOpen();
        var members = new BitSet();
        for (int node : nodes) {
            members.set(node);
        }
        for (int layer = 0; layer < engine.shape().layers(); layer++) {
            if (!layers.contains(layer)) {
                continue;
            }
            if (layer < from || written(layer) < settled) {
                throw new IllegalArgumentException("hidden states that enter layer %d cannot run layer %d%s".formatted(from, layer,
                        layer < from ? "" : ", which the settled prefix left out"));
            }
            for (int node : nodes) {
                if (has(node, layer)) {
                    throw new IllegalArgumentException("node %d has run layer %d already".formatted(node, layer));
                }
                for (int above = parents[node]; above >= 0; above = parents[above]) {
                    if (!members.get(above)) {
                        requireRan(above, layer);
                    }
                }
            }
        }
    }

    /** After a step: these nodes have run these layers, too. */
    void addRan(int[] nodes, LayerSet layers) {
        BitSet more = bits(layers);
        int count = engine.shape().layers();
        for (int node : nodes) {
            if (more == null) {
                ran[node] = null;
            } else if (ran[node] != null) {
                var union = (BitSet) ran[node].clone();
                union.or(more);
                ran[node] = union.cardinality() == count ? null : union;
            }
        }
    }

    void dropLast(int nodes) {
        open -= nodes;
    }

    /** Values that are not finite were written: they must not be read as masked zeros by a later owner. */
    void taint() {
        tainted = true;
    }

    @Override
    public boolean grow(int slots) {
        requireOpen();
        if (slots <= block.capacity()) {
            return true;
        }
        return engine.move(block, slots, settled + open).map(larger -> {
            block = larger;
            return true;
        }).orElse(false);
    }

    @Override
    public void keep(int... path) {
        requireOpen();
        int moved = -1;
        for (int i = 0; i < path.length; i++) {
            if (path[i] < 0 || path[i] >= open || parents[path[i]] != (i == 0 ? SETTLED : path[i - 1])) {
                throw new IllegalArgumentException("not a root path of %d open nodes: %s".formatted(open, Arrays.toString(path)));
            }
            if (moved < 0 && path[i] != i) {
                moved = i;
            }
        }
        if (moved >= 0) {
            long[] sources = new long[path.length - moved];
            long[] targets = new long[sources.length];
            for (int i = 0; i < sources.length; i++) {
                sources[i] = settled + path[moved + i];
                targets[i] = settled + moved + i;
            }
            engine.compact(block, sources, targets);
        }
        countWritten(path);
        settled += path.length;
        open = 0;
        epoch++;
    }

    private void countWritten(int[] path) {
        boolean whole = written == null;
        for (int node : path) {
            whole &= ran[node] == null;
        }
        if (whole) {
            return;
        }
        int[] counts = new int[engine.shape().layers()];
        for (int layer = 0; layer < counts.length; layer++) {
            counts[layer] = written(layer);
            for (int i = 0; i < path.length && counts[layer] == settled + i && has(path[i], layer); i++) {
                counts[layer]++;
            }
        }
        written = counts;
    }

    private void limitWritten(int[] counts, int slots) {
        written = null;
        if (counts != null && Arrays.stream(counts).anyMatch(count -> count < slots)) {
            written = Arrays.stream(counts).map(count -> Math.min(count, slots)).toArray();
        }
    }

    @Override
    public void truncate(int newSettled) {
        requireOpen();
        if (open > 0 || newSettled < 0 || newSettled > settled) {
            throw new IllegalStateException("cannot truncate %d settled and %d open slots to %d".formatted(settled, open, newSettled));
        }
        settled = newSettled;
        limitWritten(written, newSettled);
        epoch++;
    }

    @Override
    public void adopt(Region source, int slots) {
        requireOpen();
        var from = (TorchRegion) source;
        from.requireOpen();
        if (from == this || open > 0 || slots < 0 || slots > Math.min(from.settled, block.capacity())) {
            throw new IllegalStateException("cannot adopt %d of %d settled slots into %d, %d of them open".formatted(slots, from.settled,
                    block.capacity(), open));
        }
        if (slots > 0) {
            engine.copy(from.block, block, slots);
        }
        settled = slots;
        limitWritten(from.written, slots);
        epoch++;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            epoch++;
            engine.release(block, tainted);
        }
    }

    /** The segment's rows that keep their states, as nodes. */
    HiddenStates keepHidden(Segment segment, int layer, float[] states) {
        int[] rows = segment.wants().stream().filter(Want.KeepHidden.class::isInstance).mapToInt(Want::row).toArray();
        int[] nodes = switch (segment.input()) {
            case Input.Tokens tokens -> Arrays.stream(rows).map(row -> open - tokens.rows() + row).toArray();
            case Input.Hidden before -> Arrays.stream(rows).map(row -> before.nodes()[row]).toArray();
        };
        return new TorchHiddenStates(this, epoch, nodes, layer, states);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("region is closed");
        }
    }
}
