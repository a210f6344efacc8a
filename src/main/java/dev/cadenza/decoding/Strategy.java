package dev.cadenza.decoding;

/** How a sequence decodes, with its parameters. Immutable; one {@link Decoder} per sequence is started from it. */
public interface Strategy {

    /** The name on the wire. */
    String name();

    /** How the answer relates to the one that {@code standard} gives. */
    Guarantee guarantee();

    Decoder start(SequenceStart start);

    /** Whether the client's {@code prediction} is what it drafts. */
    default boolean usesPrediction() {
        return false;
    }

    /**
     * The strongest first. LOSSLESS: the very tokens of {@code standard}; SAME_LAW: tokens of the same law, drawn otherwise; CHANGES_LAW: tokens of
     * another law.
     */
    enum Guarantee {
        LOSSLESS, SAME_LAW, CHANGES_LAW
    }
}
