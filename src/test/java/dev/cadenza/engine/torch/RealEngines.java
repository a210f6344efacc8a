package dev.cadenza.engine.torch;

import dev.cadenza.RealModel;
import dev.cadenza.engine.torch.EngineSettings.Precision;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.model.store.DerivedFile;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The default model loaded once per precision for all tests of this JVM, which run on one thread. */
final class RealEngines {
    private static final Checkpoint CHECKPOINT = open();
    private static TorchEngine fast;
    private static TorchEngine program;
    private static TorchEngine float32;

    private RealEngines() {
    }

    private static Checkpoint open() {
        try {
            return GgufCheckpoint.open(RealModel.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TorchEngine fast() {
        if (fast == null) {
            fast = load(Precision.FAST, 1L << 30);
        }
        return fast;
    }

    /** What {@link #fast} is where the processor has no registers for vectors. */
    static TorchEngine program() {
        if (program == null) {
            program = TorchEngine.load(CHECKPOINT, new EngineSettings(Precision.FAST, 2, 1L << 30), DerivedFile.NONE, false);
        }
        return program;
    }

    static TorchEngine float32() {
        if (float32 == null) {
            float32 = load(Precision.FLOAT32, 1L << 30);
        }
        return float32;
    }

    static TorchEngine load(Precision precision, long kvBytes) {
        return TorchEngine.load(CHECKPOINT, new EngineSettings(precision, 2, kvBytes));
    }
}
