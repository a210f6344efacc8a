package dev.cadenza.engine;

/** Tokens by likelihood (logit descending, id ascending) as numbers that sort ascending. */
public final class LogitOrder {
    private LogitOrder() {
    }

    /** @param logit finite or infinite; both zeros are one */
    public static long place(float logit, int id) {
        int bits = Float.floatToIntBits(logit + 0f);
        int ascending = bits ^ bits >> 31 & Integer.MAX_VALUE;
        return (long) ~ascending << 32 | id;
    }

    /** The token of a place. */
    public static int id(long place) {
        return (int) place;
    }

    /** The logit of a place. */
    public static float logit(long place) {
        int ascending = ~(int) (place >> 32);
        return Float.intBitsToFloat(ascending ^ ascending >> 31 & Integer.MAX_VALUE);
    }
}
