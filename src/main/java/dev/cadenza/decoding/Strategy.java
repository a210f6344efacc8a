package dev.cadenza.decoding;

/** How a sequence decodes, with its parameters. Immutable; one {@link Decoder} per sequence is started from it. */
public interface Strategy {

    /** The name on the wire. */
    String name();

    /** Whether the answer is the one that {@code standard} gives. */
    Guarantee guarantee();

    Decoder start(SequenceStart start);

    enum Guarantee {
        LOSSLESS, CHANGES_LAW
    }
}
