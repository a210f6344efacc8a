package dev.cadenza.decoding.speculative;

import java.util.ArrayDeque;

/**
 * Every suffix of several growing texts, cut to a depth, in a trie with compressed edges that counts how many suffixes run through each node. A
 * node is where suffixes branch or end, so there are at most two per token. Suffixes are forgotten one by one, oldest first, so that no token
 * costs more than a walk through the depth, and a text may be longer than what is kept of it. One thread.
 *
 * <p>Oldest first is what keeps an edge's tokens readable: they stand in the youngest text that has them, which goes last.
 *
 * @see "SuffixDecoding, arXiv 2411.04975"
 */
final class SuffixTree {
    private final int depth;
    private final SuffixNode root = new SuffixNode(0, null, 0, 0);
    private final SuffixEdges edges = new SuffixEdges();
    /** Those of which something is held, oldest first. */
    private final ArrayDeque<SuffixText> texts = new ArrayDeque<>();
    private int textsSeen;
    private int size;

    /** @param depth tokens that a suffix is cut to, at least 2 */
    SuffixTree(int depth) {
        this.depth = depth;
    }

    /** Tokens held. */
    int size() {
        return size;
    }

    int depth() {
        return depth;
    }

    /** A new text. It is of the age of its first token that is held. */
    SuffixText open() {
        return new SuffixText(depth);
    }

    /** @param text of this tree, not complete */
    void append(SuffixText text, int token) {
        if (text.isForgotten()) {
            text.order = textsSeen++;
            texts.addLast(text);
        }
        text.append(token);
        size++;
        // The new suffix starts out empty.
        root.ending++;
        int last = text.size() - 1;
        for (int start = Math.max(text.first(), text.size() - depth); start <= last; start++) {
            text.end(start, advance(start == last ? root : text.end(start), text, token));
        }
    }

    /** The text grows no more; it stays until it is forgotten. */
    void complete(SuffixText text) {
        text.complete();
    }

    /** Forgets the oldest token of the oldest text. @throws java.util.NoSuchElementException nothing is held */
    void forget() {
        SuffixText text = texts.getFirst();
        int at = text.first();
        int end = Math.min(at + depth, text.size());
        SuffixNode node = root;
        while (at < end) {
            SuffixNode child = edges.find(node, text.token(at));
            at += child.length;
            child.lose();
            if (child.count == 0) {
                edges.remove(child);
                node.remove(child);
                break;
            }
            node = child;
            node.ending -= at == end ? 1 : 0;
        }
        mergeIfRedundant(node);
        text.forgetFirst();
        size--;
        if (text.isForgotten()) {
            texts.removeFirst();
        }
    }

    SuffixNode root() {
        return root;
    }

    /** The child whose edge starts with this token; {@code null}: there is none. */
    SuffixNode child(SuffixNode parent, int token) {
        return edges.find(parent, token);
    }

    SuffixEdges edges() {
        return edges;
    }

    /** Where a suffix goes that ended at a node and gained a token. */
    private SuffixNode advance(SuffixNode end, SuffixText text, int token) {
        if (end.count == 1 && end.isLeaf()) {
            end.length++;
            return end;
        }
        SuffixNode child = edges.find(end, token);
        if (child == null) {
            child = new SuffixNode(1, text, text.size() - 1, 1);
            end.add(child);
            edges.add(child);
        } else {
            child = child.length == 1 ? child : splitBehindFirst(child);
            child.gain(text);
        }
        child.ending++;
        end.ending--;
        mergeIfRedundant(end);
        return child;
    }

    /** @return the new node, of length 1, between the lower one, which stays where suffixes end, and its parent */
    private SuffixNode splitBehindFirst(SuffixNode lower) {
        SuffixNode upper = new SuffixNode(lower.count, lower.text, lower.from, 1);
        lower.parent.replace(lower, upper);
        edges.replace(lower, upper);
        lower.from++;
        lower.length--;
        upper.add(lower);
        edges.add(lower);
        return upper;
    }

    /** The lower of two nodes stays, for there suffixes may end. */
    private void mergeIfRedundant(SuffixNode node) {
        if (!node.isRedundant()) {
            return;
        }
        SuffixNode lower = node.firstChild();
        edges.remove(lower);
        edges.replace(node, lower);
        node.parent.replace(node, lower);
        lower.from -= node.length;
        lower.length += node.length;
    }
}
