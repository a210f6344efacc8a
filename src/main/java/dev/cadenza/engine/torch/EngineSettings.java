package dev.cadenza.engine.torch;

/**
 * @param precision kernels for next-token rows
 * @param threads   intra-op threads, 1 or more
 * @param kvBytes   budget of the KV arena; rounded down to whole slots
 */
public record EngineSettings(Precision precision, int threads, long kvBytes) {

    public enum Precision {
        /** The device's fast kernels. */
        FAST,
        /** float32 throughout; exact, for comparison. */
        FLOAT32
    }
}
