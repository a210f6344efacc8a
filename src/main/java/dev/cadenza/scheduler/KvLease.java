package dev.cadenza.scheduler;

import dev.cadenza.engine.Region;

/**
 * A region with the prompt it is for: held by a running sequence, or kept for its whole prompt blocks after the sequence has gone. The blocks
 * published so far may be copied by others at any time, for a prompt's settled blocks never change. Device thread only.
 */
final class KvLease {
    private final KvMemory memory;
    private final String scope;
    private int[] prompt;
    private Region region;
    /** Where the published blocks end; {@code null}: none are published. */
    private PrefixTree.Node node;
    private boolean kept;
    private int reused;

    KvLease(KvMemory memory, int[] prompt, String scope, Region region) {
        this.memory = memory;
        this.prompt = prompt;
        this.scope = scope;
        this.region = region;
    }

    Region region() {
        return region;
    }

    int[] prompt() {
        return prompt;
    }

    /** @param longer begins with the prompt so far */
    void promptGoesOn(int[] longer) {
        prompt = longer;
    }

    String scope() {
        return scope;
    }

    /** Prompt tokens that were computed for others and not again for this sequence. */
    int reused() {
        return reused;
    }

    /** @return false: memory does not suffice now */
    boolean grow(int slots) {
        return memory.grow(this, slots);
    }

    /** Takes over what others have computed of this prompt; only without open nodes, at a block's start. */
    void catchUp() {
        memory.catchUp(this);
    }

    /** More of the prompt has settled. */
    void publish() {
        memory.publish(this);
    }

    /** The sequence needs it no longer. @param intact false: a step failed on the region, which may only be closed */
    void release(boolean intact) {
        memory.release(this, intact);
    }

    PrefixTree.Node node() {
        return node;
    }

    void standAt(PrefixTree.Node end) {
        node = end;
    }

    boolean kept() {
        return kept;
    }

    void setKept(boolean isKept) {
        kept = isKept;
    }

    void countReused(int tokens) {
        reused += tokens;
    }

    void moveTo(Region smaller) {
        region = smaller;
    }
}
