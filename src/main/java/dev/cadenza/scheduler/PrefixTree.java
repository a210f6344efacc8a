package dev.cadenza.scheduler;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Leases by the whole blocks of their prompts, one tree per scope. A lease stands at the node where its published blocks end; every leaf has one.
 * Blocks are compared token by token, so equal hashes do no harm. Device thread only.
 */
final class PrefixTree {
    private final int block;
    private final Map<String, Node> roots = new HashMap<>();

    /** @param block tokens of a block */
    PrefixTree(int block) {
        this.block = block;
    }

    /** The prompt blocks on the way from the root. */
    static final class Node {
        private final Node parent;
        private final Block key;
        private final int depth;
        private final Map<Block, Node> children = new HashMap<>();
        private final Set<KvLease> ends = new LinkedHashSet<>();

        private Node(Node parent, Block key) {
            this.parent = parent;
            this.key = key;
            this.depth = parent == null ? 0 : parent.depth + 1;
        }

        /** Blocks from the root to here. */
        int depth() {
            return depth;
        }

        /** {@code null} at the root. */
        Node parent() {
            return parent;
        }

        /** Leases that end here. */
        Set<KvLease> ends() {
            return ends;
        }

        /** A lease that has all blocks up to here: a kept one that ends here, if there is one. */
        KvLease any() {
            for (KvLease lease : ends) {
                if (lease.kept()) {
                    return lease;
                }
            }
            Node at = this;
            while (at.ends.isEmpty()) {
                at = at.children.values().iterator().next();
            }
            return at.ends.iterator().next();
        }

        /** Whether every block up to here is in another lease, too. */
        boolean covered(KvLease lease) {
            return !children.isEmpty() || ends.size() > (ends.contains(lease) ? 1 : 0);
        }

        private boolean isEmpty() {
            return ends.isEmpty() && children.isEmpty();
        }
    }

    /** A block of a prompt; the array is shared. */
    private static final class Block {
        private final int[] tokens;
        private final int from;
        private final int length;
        private final int hash;

        Block(int[] tokens, int from, int length) {
            this.tokens = tokens;
            this.from = from;
            this.length = length;
            int sum = 1;
            for (int i = from; i < from + length; i++) {
                sum = 31 * sum + tokens[i];
            }
            this.hash = sum;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Block that
                    && Arrays.equals(tokens, from, from + length, that.tokens, that.from, that.from + that.length);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /**
     * The deepest node on the prompt's way.
     *
     * @param from   a node on that way to start from, {@code null}: the root
     * @param blocks to look at, at most
     * @return {@code null}: nobody has its first block
     */
    Node deepest(Node from, String scope, int[] prompt, int blocks) {
        Node at = from == null ? roots.get(scope) : from;
        while (at != null && at.depth < blocks) {
            Node next = at.children.get(new Block(prompt, at.depth * block, block));
            if (next == null) {
                break;
            }
            at = next;
        }
        return at == null || at.depth == 0 ? null : at;
    }

    /** The lease has the first {@code blocks} blocks of its prompt, at least as many as before and one. */
    void advance(KvLease lease, int blocks) {
        Node before = lease.node();
        Node at = before == null ? roots.computeIfAbsent(lease.scope(), _ -> new Node(null, null)) : before;
        while (at.depth < blocks) {
            Node parent = at;
            at = parent.children.computeIfAbsent(new Block(lease.prompt(), parent.depth * block, block), key -> new Node(parent, key));
        }
        at.ends.add(lease);
        lease.standAt(at);
        if (before != null && before != at) {
            before.ends.remove(lease);
        }
    }

    void remove(KvLease lease) {
        Node at = lease.node();
        if (at == null) {
            return;
        }
        at.ends.remove(lease);
        lease.standAt(null);
        while (at.isEmpty() && at.parent != null) {
            at.parent.children.remove(at.key);
            at = at.parent;
        }
        if (at.isEmpty()) {
            roots.remove(lease.scope());
        }
    }

    /** Whether nobody has anything. */
    boolean isEmpty() {
        return roots.isEmpty();
    }
}
