package dev.cadenza.engine.torch;

/** Starts the native libraries once per process. */
final class TorchRuntime {
    private static boolean started;

    private TorchRuntime() {
    }

    /** @param threads intra-op threads; counts on the first call only, as the native pool is one per process */
    static synchronized void start(int threads) {
        if (started) {
            return;
        }
        // All natives are on the class path: nothing may be fetched at run time.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        ai.djl.engine.Engine.getEngine("PyTorch");
        started = true;
    }
}
