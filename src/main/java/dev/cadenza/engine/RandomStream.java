package dev.cadenza.engine;

/**
 * Random numbers as a pure function of their name: no state, no order of calls. Any thread.
 *
 * <p>A {@link Draw} is folded into one 64-bit key, field by field, each through SplitMix64's finaliser (Steele, Lea, Flood 2014, with
 * Stafford's constants); the token is folded into the key the same way.
 */
public final class RandomStream {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private RandomStream() {
    }

    /** The key that all numbers of one draw share. */
    public static long key(Draw draw) {
        long key = fold(0, draw.seed());
        key = fold(key, draw.choice());
        key = fold(key, draw.position());
        return fold(key, draw.trial());
    }

    /** Uniform in the open interval (0, 1), 52 random bits. */
    public static double uniform(long key, int token) {
        return ((fold(key, token) >>> 12) + 0.5) * 0x1p-52;
    }

    private static long fold(long key, long field) {
        long z = (key ^ field) + GOLDEN;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
