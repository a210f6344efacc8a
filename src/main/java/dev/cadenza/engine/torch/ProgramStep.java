package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.torch.Captures.Capture;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** A step as one call of the native program. */
final class ProgramStep implements StepRunner {
    private final Script script;
    private final SelfTest.Verdict verdict;
    private final long weightBytes;
    private final Arena arena = Arena.ofConfined();
    private final ProgramArguments arguments = new ProgramArguments(arena);
    private final Staging integers = new Staging(arena);
    private final Staging floats = new Staging(arena);

    ProgramStep(Script script, SelfTest.Verdict verdict, long weightBytes) {
        this.script = script;
        this.verdict = verdict;
        this.weightBytes = weightBytes;
    }

    @Override
    public Answer run(StepLayout layout, SamplePlan sampling, List<Capture> captures) {
        ByteBuffer integerArguments = integers.room(Long.BYTES * sampling.integers());
        ByteBuffer floatArguments = floats.room(Float.BYTES * sampling.floats());
        sampling.write(integerArguments.asLongBuffer(), floatArguments.asFloatBuffer());
        try (PtNDManager scope = script.scope()) {
            PtNDArray[] answer = script.tensors(scope, "step", arguments.of(layout, captures, scope,
                    Script.tensor(scope, integerArguments, DataType.INT64, sampling.integers()),
                    Script.tensor(scope, floatArguments, DataType.FLOAT32, sampling.floats()), sampling.counts()));
            return new Answer(answer[0].toLongArray(), answer[1].toFloatArray(), script::logitsRow,
                    Arrays.stream(answer).skip(2).map(PtNDArray::toFloatArray).toList());
        }
    }

    @Override
    public SelfTest.Verdict verdict() {
        return verdict;
    }

    @Override
    public long weightBytes() {
        return weightBytes;
    }

    @Override
    public long vectorNanos() {
        return 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
