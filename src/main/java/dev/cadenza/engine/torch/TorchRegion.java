package dev.cadenza.engine.torch;

import dev.cadenza.engine.Region;
import dev.cadenza.engine.kv.SlotAllocator.Block;
import java.util.Arrays;

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
        return settled;
    }

    @Override
    public int capacity() {
        return block.capacity();
    }

    /** Position of an open node. */
    int position(int node) {
        return settled + depths[node];
    }

    int parent(int node) {
        return parents[node];
    }

    /** Adds nodes that a step is about to compute; {@link #dropLast} takes them back when it fails. */
    void append(int[] newParents) {
        requireOpen();
        if (settled + open + newParents.length > block.capacity()) {
            throw new IllegalStateException("%d settled + %d open + %d new nodes exceed capacity %d".formatted(settled, open, newParents.length,
                    block.capacity()));
        }
        if (parents.length < open + newParents.length) {
            parents = Arrays.copyOf(parents, Math.max(2 * parents.length, open + newParents.length));
            depths = Arrays.copyOf(depths, parents.length);
        }
        for (int parent : newParents) {
            if (parent < SETTLED || parent >= open) {
                throw new IllegalArgumentException("node %d cannot have parent %d".formatted(open, parent));
            }
            parents[open] = parent;
            depths[open] = parent == SETTLED ? 0 : depths[parent] + 1;
            open++;
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
        settled += path.length;
        open = 0;
    }

    @Override
    public void truncate(int newSettled) {
        requireOpen();
        if (open > 0 || newSettled < 0 || newSettled > settled) {
            throw new IllegalStateException("cannot truncate %d settled and %d open slots to %d".formatted(settled, open, newSettled));
        }
        settled = newSettled;
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
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            engine.release(block, tainted);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("region is closed");
        }
    }
}
