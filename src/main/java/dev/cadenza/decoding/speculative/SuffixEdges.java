package dev.cadenza.decoding.speculative;

/** Finds nodes by their parent and the first token of their edge. Open addressing; one thread. */
final class SuffixEdges {
    private SuffixNode[] slots = new SuffixNode[64];
    private int size;

    int size() {
        return size;
    }

    int capacity() {
        return slots.length;
    }

    /** @return {@code null}: there is none */
    SuffixNode find(SuffixNode parent, int token) {
        int slot = home(parent, token);
        while (slots[slot] != null && (slots[slot].parent != parent || slots[slot].firstToken() != token)) {
            slot = behind(slot);
        }
        return slots[slot];
    }

    /** @param node not there yet */
    void add(SuffixNode node) {
        if (4 * ++size > 3 * slots.length) {
            SuffixNode[] old = slots;
            slots = new SuffixNode[2 * old.length];
            for (SuffixNode each : old) {
                if (each != null) {
                    slots[freeFor(each)] = each;
                }
            }
        }
        slots[freeFor(node)] = node;
    }

    /** @param by has the same parent and first token as {@code node}, which is there */
    void replace(SuffixNode node, SuffixNode by) {
        slots[slotOf(node)] = by;
    }

    /** @param node is there */
    void remove(SuffixNode node) {
        int hole = slotOf(node);
        for (int slot = behind(hole); slots[slot] != null; slot = behind(slot)) {
            int probes = slot - home(slots[slot].parent, slots[slot].firstToken()) & slots.length - 1;
            if (probes >= (slot - hole & slots.length - 1)) {
                slots[hole] = slots[slot];
                hole = slot;
            }
        }
        slots[hole] = null;
        size--;
    }

    private int slotOf(SuffixNode node) {
        int slot = home(node.parent, node.firstToken());
        while (slots[slot] != node) {
            slot = behind(slot);
        }
        return slot;
    }

    private int freeFor(SuffixNode node) {
        int slot = home(node.parent, node.firstToken());
        while (slots[slot] != null) {
            slot = behind(slot);
        }
        return slot;
    }

    private int behind(int slot) {
        return slot + 1 & slots.length - 1;
    }

    private int home(SuffixNode parent, int token) {
        long hash = (System.identityHashCode(parent) * 0xBF58476D1CE4E5B9L ^ token) * 0x9E3779B97F4A7C15L;
        return (int) (hash ^ hash >>> 32) & slots.length - 1;
    }
}
