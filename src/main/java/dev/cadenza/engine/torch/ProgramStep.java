package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.kv.SlotAllocator.Block;
import dev.cadenza.engine.torch.Captures.Capture;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A step as one call of the native program. */
final class ProgramStep implements StepRunner {
    private final Script script;
    private final SelfTest.Verdict verdict;
    private final long weightBytes;
    private final Arena arena = Arena.ofConfined();
    private final ProgramArguments arguments = new ProgramArguments(arena);
    private final Staging integers = new Staging(arena);
    private final Staging floats = new Staging(arena);

    private ProgramStep(Script script, SelfTest.Verdict verdict, long weightBytes) {
        this.script = script;
        this.verdict = verdict;
        this.weightBytes = weightBytes;
    }

    /** @throws IllegalStateException the native libraries do not load or compute wrongly */
    static ProgramStep load(Checkpoint checkpoint, EngineSettings settings, int slots) {
        TorchRuntime.start(settings.threads());
        Architecture architecture = checkpoint.architecture();
        Script script = Script.load("decoder.torchscript.py", "Decoder", attributes(architecture));
        try {
            script.run("allocate", slots);
            SelfTest.Dense dense = SelfTest.chooseDense(script, settings.precision());
            WeightBinder.Bound bound = new WeightBinder(checkpoint, script, dense).bind();
            FreedMemory.giveBack();
            return new ProgramStep(script, SelfTest.run(script, architecture, dense, bound), bound.bytes());
        } catch (RuntimeException e) {
            script.close();
            throw e;
        }
    }

    /** The program's attributes as they are before weights are bound. */
    static Map<String, ScriptArchive.Attribute> attributes(Architecture architecture) {
        var attributes = new LinkedHashMap<String, ScriptArchive.Attribute>();
        for (String list : List.of("dense", "norms", "tables", "kv", "logits")) {
            attributes.put(list, new ScriptArchive.Attribute.TensorList());
        }
        attributes.put("layers", new ScriptArchive.Attribute.Int(architecture.layers()));
        attributes.put("hidden", new ScriptArchive.Attribute.Int(architecture.hidden()));
        attributes.put("heads", new ScriptArchive.Attribute.Int(architecture.heads()));
        attributes.put("kv_heads", new ScriptArchive.Attribute.Int(architecture.kvHeads()));
        attributes.put("head_dim", new ScriptArchive.Attribute.Int(architecture.headDim()));
        attributes.put("feed_forward", new ScriptArchive.Attribute.Int(architecture.feedForward()));
        attributes.put("halves", new ScriptArchive.Attribute.ObjectList());
        attributes.put("halved", new ScriptArchive.Attribute.Bool(false));
        attributes.put("most_rows", new ScriptArchive.Attribute.Int(1));
        attributes.put("onednn", new ScriptArchive.Attribute.Bool(false));
        return attributes;
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
    public long kernelNanos() {
        return script.nativeNanos();
    }

    @Override
    public void clear(int from, int slots) {
        script.run("clear", from, slots);
    }

    @Override
    public void copy(Block from, Block to, int slots) {
        script.run("copy_region", from.base(), from.capacity(), to.base(), to.capacity(), slots);
    }

    @Override
    public void compact(Block block, long[] sources, long[] targets) {
        script.run("compact", block.base(), block.capacity(), sources, targets);
    }

    @Override
    public void close() {
        arena.close();
        script.close();
    }
}
