package dev.cadenza.decoding.speculative;

import java.util.Arrays;

/** A text in a {@link SuffixTree}, which alone changes it. */
final class SuffixText {
    /** Among the tree's texts; a greater one is younger. Counts only while the tree holds something of the text. */
    int order;
    private int[] tokens = new int[64];
    private int size;
    private int forgotten;
    /** Where the suffixes that may still grow end, by start modulo depth; {@code null}: the text is complete. */
    private SuffixNode[] ends;

    /** @param depth of the tree */
    SuffixText(int depth) {
        ends = new SuffixNode[depth];
    }

    int size() {
        return size;
    }

    int token(int at) {
        return tokens[at];
    }

    /** The first suffix that the tree still holds. */
    int first() {
        return forgotten;
    }

    boolean isForgotten() {
        return forgotten == size;
    }

    boolean isComplete() {
        return ends == null;
    }

    /** @param start of a suffix that the tree holds, at most a depth before the end */
    SuffixNode end(int start) {
        return ends[start % ends.length];
    }

    void end(int start, SuffixNode node) {
        ends[start % ends.length] = node;
    }

    void append(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, size + size / 2);
        }
        tokens[size++] = token;
    }

    void forgetFirst() {
        forgotten++;
    }

    void complete() {
        ends = null;
        tokens = Arrays.copyOf(tokens, size);
    }
}
