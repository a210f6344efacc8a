package dev.cadenza.engine.torch;

import java.util.Map;

/** What this machine does at best, measured with the engine's own threads. One thread. */
public final class MachineLimits implements AutoCloseable {
    /** 512 MB: no cache holds it. */
    private static final int FLOATS = 1 << 27;
    private static final int WIDTH = 1_024;
    private static final int PRODUCTS = 8;

    private final Script script;

    private MachineLimits(Script script) {
        this.script = script;
    }

    /** @param threads intra-op threads; counts only if nothing has started the native library yet */
    public static MachineLimits load(int threads) {
        TorchRuntime.start(threads);
        Script script = Script.load("limits.torchscript.py", "Limits", Map.of("tensors", new ScriptArchive.Attribute.TensorList()));
        script.run("prepare", FLOATS, WIDTH);
        script.run("read");
        script.run("multiply");
        return new MachineLimits(script);
    }

    /** Bytes read from memory per second, by one pass over 512 MB. */
    public double readBytesPerSecond() {
        long start = System.nanoTime();
        script.run("read");
        return 1e9 * Float.BYTES * FLOATS / (System.nanoTime() - start);
    }

    /** Float32 additions and multiplications per second in a matrix product. */
    public double operationsPerSecond() {
        long start = System.nanoTime();
        for (int i = 0; i < PRODUCTS; i++) {
            script.run("multiply");
        }
        return 1e9 * PRODUCTS * 2.0 * WIDTH * WIDTH * WIDTH / (System.nanoTime() - start);
    }

    @Override
    public void close() {
        script.close();
    }
}
