package dev.cadenza.decoding;

/** How a sequence decodes, with its parameters. Immutable; one {@link Decoder} per sequence is started from it. */
public interface Strategy {

    /** The name on the wire. */
    String name();

    /** Whether the answer is the one that {@code standard} gives. */
    Guarantee guarantee();

    /** Rows that a sequence may have in one step besides drafts; it is let in only when there is a place for each. */
    default int reservedRows() {
        return 1;
    }

    /** Open nodes besides drafts that a sequence always has memory for, as far as the context goes. */
    default int reservedNodes() {
        return 0;
    }

    Decoder start(SequenceStart start);

    enum Guarantee {
        LOSSLESS, CHANGES_LAW
    }
}
