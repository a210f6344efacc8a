package dev.cadenza.engine;

/**
 * A sequence's KV cache: slots [0, settled) hold the positions of the sequence; behind them lie open nodes, which form any tree. Device
 * thread only.
 */
public interface Region extends AutoCloseable {

    int settled();

    /** Nodes behind the settled prefix, in the order in which steps added them. */
    int open();

    /**
     * Leading settled slots that hold keys and values of this layer, at most {@link #settled}: fewer when later positions left the layer out.
     * Rows can run the layer only while it equals {@code settled()}, so a sequence that leaves a layer once never returns to it (SkipDecode's
     * depth only shrinks).
     *
     * @param layer 0 .. layers - 1
     */
    int written(int layer);

    /** Slots reserved: settled and open nodes together never exceed it. */
    int capacity();

    /**
     * Makes room for at least {@code slots} positions, keeping the content.
     *
     * @return false: memory does not suffice now and nothing has changed
     */
    boolean grow(int slots);

    /**
     * Settles a root path of open nodes and drops all other open nodes.
     *
     * @param path indices of open nodes, each the child of the one before; the first hangs on the settled prefix; empty drops all
     */
    void keep(int... path);

    /** Shortens the settled prefix; only without open nodes. */
    void truncate(int settled);

    /**
     * Makes the first {@code slots} positions, now settled, a copy of the other region's, which stays as it is; what this region held is gone.
     * Only without open nodes.
     *
     * @param source another open region of the same engine
     * @param slots  0 .. {@code source.settled()}, at most {@code capacity()}
     */
    void adopt(Region source, int slots);

    /** Frees the slots at once. Idempotent. */
    @Override
    void close();
}
