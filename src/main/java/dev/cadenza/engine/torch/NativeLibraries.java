package dev.cadenza.engine.torch;

import ai.djl.pytorch.jni.LibUtils;

/** The shared libraries that the engine needs. */
public final class NativeLibraries {
    private NativeLibraries() {
    }

    /**
     * Loads them into the process, ahead of an engine that will not have to wait for it then. Any thread; computes nothing and settles no
     * thread count.
     *
     * @throws RuntimeException | LinkageError they do not load, as an engine's loading will say again
     */
    public static void load() {
        System.setProperty("ai.djl.offline", "true");
        LibUtils.loadLibrary();
    }
}
