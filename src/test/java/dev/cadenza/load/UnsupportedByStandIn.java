package dev.cadenza.load;

/** A script uses something of k6 that the stand-in lacks, or that k6 lacks as well. */
public final class UnsupportedByStandIn extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedByStandIn(String message) {
        super(message);
    }
}
