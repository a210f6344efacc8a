package dev.cadenza.engine.torch;

/**
 * @param precision form of the weights that the kernels read
 * @param threads   intra-op threads, 1 or more
 * @param kvBytes   budget of the KV arena; rounded down to whole slots
 */
public record EngineSettings(Precision precision, int threads, long kvBytes) {
    /** Beyond it the steps of the models that run on a CPU gain nothing. */
    private static final int MOST_THREADS = 16;

    /** As many threads as there are cores, within reason. */
    public static int defaultThreads() {
        return Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS);
    }

    public enum Precision {
        /** What this processor computes fastest. */
        FAST,
        /** float32 throughout; exact, for comparison. */
        FLOAT32
    }
}
