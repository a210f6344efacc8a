package dev.cadenza.decoding.speculative;

/**
 * A node of a {@link SuffixTree} with the edge that leads to it. The edge's tokens stand in the youngest text that has them behind the node's
 * parent, at the latest place there.
 */
final class SuffixNode {
    SuffixNode parent;
    /** Suffixes that run through the whole edge; none ends or branches off within it. */
    int count;
    /** Those of them that end here, for now or for good. */
    int ending;
    /** Tokens of the edge: {@code length} of {@code text} from {@code from}. */
    int length;
    SuffixText text;
    int from;

    private SuffixNode firstChild;
    private SuffixNode next;
    private SuffixNode previous;
    /** The most frequent child; {@code null}: there is none, or it has to be looked for. */
    private SuffixNode best;
    /** No child but the best is more frequent. */
    private int rest;

    SuffixNode(int count, SuffixText text, int from, int length) {
        this.count = count;
        this.text = text;
        this.from = from;
        this.length = length;
    }

    int firstToken() {
        return text.token(from);
    }

    boolean isLeaf() {
        return firstChild == null;
    }

    SuffixNode firstChild() {
        return firstChild;
    }

    SuffixNode nextSibling() {
        return next;
    }

    /** Suffixes that go on behind it. */
    int followed() {
        return count - ending;
    }

    /** Whether its edge and its only child's could be one. */
    boolean isRedundant() {
        return firstChild != null && firstChild.next == null && firstChild.count == count;
    }

    /** A suffix of {@code text} runs through the edge, which ends with the text's last token. */
    void gain(SuffixText through) {
        count++;
        if (through.order >= text.order) {
            text = through;
            from = through.size() - length;
        }
        parent.rank(this);
    }

    /** The suffix that was here first runs through it no more. */
    void lose() {
        count--;
        if (parent.best == this && count <= parent.rest) {
            parent.best = null;
        }
    }

    /** @param child whose parent this becomes */
    void add(SuffixNode child) {
        child.parent = this;
        child.previous = null;
        child.next = firstChild;
        if (firstChild == null) {
            best = child;
            rest = 0;
        } else {
            firstChild.previous = child;
        }
        firstChild = child;
        rank(child);
    }

    void remove(SuffixNode child) {
        if (child.previous == null) {
            firstChild = child.next;
        } else {
            child.previous.next = child.next;
        }
        if (child.next != null) {
            child.next.previous = child.previous;
        }
        if (best == child) {
            best = null;
        }
    }

    /** {@code by}, which is as frequent and as recent, takes the child's place. */
    void replace(SuffixNode child, SuffixNode by) {
        by.parent = this;
        by.previous = child.previous;
        by.next = child.next;
        if (by.previous == null) {
            firstChild = by;
        } else {
            by.previous.next = by;
        }
        if (by.next != null) {
            by.next.previous = by;
        }
        if (best == child) {
            best = by;
        }
    }

    /** The most frequent child, of several the most recent; {@code null}: there is none. */
    SuffixNode best() {
        if (best == null && firstChild != null) {
            best = firstChild;
            rest = 0;
            for (SuffixNode child = firstChild.next; child != null; child = child.next) {
                rank(child);
            }
        }
        return best;
    }

    /** A child has become more frequent or more recent. */
    private void rank(SuffixNode child) {
        if (best == null || best == child) {
            return;
        }
        if (child.beats(best)) {
            rest = Math.max(rest, best.count);
            best = child;
        } else {
            rest = Math.max(rest, child.count);
        }
    }

    private boolean beats(SuffixNode other) {
        return count != other.count ? count > other.count : text == other.text ? from > other.from : text.order > other.text.order;
    }
}
