package dev.cadenza.engine;

/**
 * Residual states of open nodes on their way into a layer, held in the device's memory. They belong to their region: its keep, truncate, adopt
 * and close make them unusable. Closing frees their memory; closing the engine does, too. Device thread only.
 */
public interface HiddenStates extends AutoCloseable {

    Region region();

    /** Open nodes, in the order of the wants that kept them. */
    int[] nodes();

    /** The layer that they would enter, 0 .. layers. */
    int layer();

    /** Idempotent. */
    @Override
    void close();
}
