package dev.cadenza.engine.vector;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.Engine;

/** The native kernels, which come with the engine's library. */
final class NativeProducts {
    private NativeProducts() {
    }

    /** Skips the test where they cannot exist: on another system or processor, or one that is made believe so. */
    static FloatProducts required() {
        System.setProperty("ai.djl.offline", "true");
        Engine.getEngine("PyTorch");
        boolean linux = System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
        assumeTrue(linux && VectorDecoder.suits() && System.getenv("ONEDNN_MAX_CPU_ISA") == null);
        return FloatProducts.find().orElseThrow();
    }
}
