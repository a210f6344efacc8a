package dev.cadenza.decoding;

/**
 * What a sequence may use in the next step.
 *
 * @param draftRows rows beyond the pending tokens' own
 * @param room      open nodes that its region has room for beyond them, and tokens that it may still gain beyond one; 0: a plain row only
 * @param sharers   sequences that draw a token in this step, this one included
 * @param draftModel whether moves of the draft model are possible now
 */
public record Grant(int draftRows, int room, int sharers, boolean draftModel) {
    /** One token, drawn plainly. */
    public static final Grant PLAIN = new Grant(0, 0, 1, false);

    /** Rows for a sequence that is alone. */
    public static Grant rows(int draftRows) {
        return new Grant(draftRows, draftRows, 1, false);
    }
}
