package dev.cadenza.engine;

import java.util.Collection;

/**
 * A model on a device. Every method is called by its one device thread only, except where any thread is said.
 */
public interface Engine extends AutoCloseable {

    /** Any thread. */
    Shape shape();

    /**
     * Reserves KV memory for at least {@code slots} positions.
     *
     * @param slots 1 .. {@code shape().context()}
     * @throws KvExhausted when memory does not suffice now; nothing was reserved
     */
    Region open(int slots) throws KvExhausted;

    /** Whether {@code open(slots)} would succeed with no other region open. Any thread. */
    boolean couldOpen(int slots);

    /** Whether {@code open(slots)} would succeed now if these open regions were closed. */
    boolean couldOpen(int slots, Collection<Region> closed);

    /**
     * Runs one forward pass over the whole ragged batch, each segment through its own layers, and brings back what is wanted. Rows of tokens become
     * open nodes of their region, behind those already open, in input order.
     *
     * @return one result per segment, in the plan's order
     * @throws IllegalArgumentException a segment breaks a rule of the contract; nothing was added to any region
     * @throws StepFailed nothing was added to any region
     */
    StepResult step(StepPlan plan) throws StepFailed;

    /** Bytes of KV memory reserved by open regions; 0 when none is open. Any thread. */
    long kvBytesUsed();

    /** Releases all native memory. Idempotent. */
    @Override
    void close();
}
