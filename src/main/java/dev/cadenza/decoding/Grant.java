package dev.cadenza.decoding;

/**
 * What a sequence may use in the next step.
 *
 * @param draftRows rows beyond the pending tokens' own
 * @param room      open nodes that its region has room for beyond them, and tokens that it may still gain beyond one; 0: a plain row only
 * @param sharers   sequences that draw a token in this step, this one included
 * @param draftModel whether moves of the draft model are possible now
 * @param burst      what trials may use
 */
public record Grant(int draftRows, int room, int sharers, boolean draftModel, Burst burst) {
    /** One token, drawn plainly. */
    public static final Grant PLAIN = new Grant(0, 0, 1, false);

    /** Without room for trials. */
    public Grant(int draftRows, int room, int sharers, boolean draftModel) {
        this(draftRows, room, sharers, draftModel, new Burst(0, 1, 1));
    }

    /**
     * @param nodes  open nodes that the region has room for
     * @param rows   that the sequence may have in a step
     * @param tokens that the answer may still gain
     */
    public record Burst(int nodes, int rows, int tokens) {
    }

    /** Rows for a sequence that is alone. */
    public static Grant rows(int draftRows) {
        return new Grant(draftRows, draftRows, 1, false);
    }
}
