package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.CandidateDraw;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.StepResult;
import dev.cadenza.engine.kv.SlotAllocator;
import dev.cadenza.engine.kv.SlotAllocator.Block;
import dev.cadenza.engine.torch.EngineSettings.Precision;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A Llama-family decoder on DJL's PyTorch, CPU. Load it on the thread that steps it. */
public final class TorchEngine implements Engine {
    private static final int PREFILL_BLOCK = 128;

    private final Script script;
    private final Arena arena = Arena.ofConfined();
    private final Staging decodeRows = new Staging(arena);
    private final Staging mask = new Staging(arena);
    private final Staging promptIds = new Staging(arena);
    private final Staging integers = new Staging(arena);
    private final Staging floats = new Staging(arena);
    private final SlotAllocator slots;
    /** Slots that have been cleared since the arena was allocated. */
    private final BitSet cleared = new BitSet();
    private final CandidateDraw draw;
    private final Shape shape;
    private final SelfTest.Verdict verdict;
    private volatile long kvBytesUsed;
    private boolean closed;

    private TorchEngine(Script script, Architecture architecture, EngineSettings settings, SelfTest.Verdict verdict) {
        this.script = script;
        this.verdict = verdict;
        long bytesPerSlot = 2L * architecture.kvHeads() * architecture.headDim() * architecture.layers() * Float.BYTES;
        slots = new SlotAllocator((int) Math.min(settings.kvBytes() / bytesPerSlot, Integer.MAX_VALUE / (4L * architecture.kvHeads())));
        if (slots.slots() == 0) {
            throw new IllegalStateException("a KV budget of %d bytes is below the least, %d".formatted(settings.kvBytes(),
                    SlotAllocator.UNIT * bytesPerSlot));
        }
        draw = new CandidateDraw(architecture.vocabulary());
        shape = new Shape(architecture.layers(), architecture.hidden(), architecture.vocabulary(),
                Math.min(architecture.context(), slots.largestCapacity()), bytesPerSlot,
                slots.slots() * bytesPerSlot, PREFILL_BLOCK, verdict.linearsInvariant());
        script.run("allocate", slots.slots());
    }

    /**
     * Loads the weights and checks the kernels against float32. Takes seconds.
     *
     * @throws IllegalStateException the native libraries do not load or compute wrongly
     */
    public static TorchEngine load(Checkpoint checkpoint, EngineSettings settings) {
        TorchRuntime.start(settings.threads());
        Architecture architecture = checkpoint.architecture();
        Script script = Script.load("decoder.torchscript.py", "Decoder", attributes(architecture));
        try {
            boolean onednn = SelfTest.tryOneDnn(script);
            boolean int4Wanted = settings.precision() == Precision.FAST && SelfTest.tryInt4(script);
            List<Boolean> int4 = new WeightBinder(checkpoint, script, int4Wanted).bind();
            return new TorchEngine(script, architecture, settings, SelfTest.run(script, architecture, int4, onednn));
        } catch (RuntimeException e) {
            script.close();
            throw e;
        }
    }

    /** The program's attributes as they are before weights are bound. */
    static Map<String, ScriptArchive.Attribute> attributes(Architecture architecture) {
        var attributes = new LinkedHashMap<String, ScriptArchive.Attribute>();
        for (String list : List.of("packed", "scales", "dense", "norms", "tables", "kv", "logits")) {
            attributes.put(list, new ScriptArchive.Attribute.TensorList());
        }
        attributes.put("layers", new ScriptArchive.Attribute.Int(architecture.layers()));
        attributes.put("hidden", new ScriptArchive.Attribute.Int(architecture.hidden()));
        attributes.put("heads", new ScriptArchive.Attribute.Int(architecture.heads()));
        attributes.put("kv_heads", new ScriptArchive.Attribute.Int(architecture.kvHeads()));
        attributes.put("head_dim", new ScriptArchive.Attribute.Int(architecture.headDim()));
        attributes.put("feed_forward", new ScriptArchive.Attribute.Int(architecture.feedForward()));
        attributes.put("int4", new ScriptArchive.Attribute.BoolList());
        attributes.put("onednn", new ScriptArchive.Attribute.Bool(false));
        return attributes;
    }

    /** The kernels chosen and what the self-test found, for the banner. */
    public String kernels() {
        return verdict.description();
    }

    /** Nanoseconds spent inside native calls since the load: what a step takes beyond them is Java's. Device thread only. */
    public long nativeNanos() {
        return script.nativeNanos();
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public Region open(int wanted) throws KvExhausted {
        if (wanted < 1 || wanted > shape.context()) {
            throw new IllegalArgumentException("slots must be in [1, %d], got %d".formatted(shape.context(), wanted));
        }
        Block block = allot(wanted).orElseThrow(() -> new KvExhausted(SlotAllocator.capacity(wanted) * shape.bytesPerSlot(),
                (slots.slots() - slots.usedSlots()) * shape.bytesPerSlot()));
        return new TorchRegion(this, block);
    }

    @Override
    public boolean couldOpen(int wanted) {
        return slots.couldAllot(wanted);
    }

    @Override
    public boolean couldOpen(int wanted, Collection<Region> without) {
        return slots.couldAllot(wanted, without.stream().map(region -> ((TorchRegion) region).block()).toList());
    }

    @Override
    public StepResult step(StepPlan plan) throws StepFailed {
        List<Segment> segments = plan.segments();
        int appended = 0;
        try {
            for (Segment segment : segments) {
                ((TorchRegion) segment.region()).append(((dev.cadenza.engine.Input.Tokens) segment.input()).parents());
                appended++;
            }
            return run(plan);
        } catch (RuntimeException e) {
            for (Segment segment : segments.subList(0, appended)) {
                ((TorchRegion) segment.region()).dropLast(segment.rows());
            }
            if (e instanceof Script.NativeFailure) {
                throw new StepFailed(e.getMessage(), e, Set.of());
            }
            throw e;
        }
    }

    private StepResult run(StepPlan plan) {
        var layout = new StepLayout(plan, PREFILL_BLOCK, verdict.attentionInvariant());
        var sampling = new SamplePlan(layout.samples(), shape.vocabulary());
        try (PtNDManager scope = script.scope()) {
            ByteBuffer rows = decodeRows.room(5 * Long.BYTES * layout.decodeRows());
            layout.writeDecodeRows(rows.asLongBuffer());
            ByteBuffer visible = mask.room(Float.BYTES * layout.maskFloats());
            layout.writeMask(visible.asFloatBuffer());
            ByteBuffer prompts = promptIds.room(Long.BYTES * layout.promptRows());
            layout.writePromptIds(prompts.asLongBuffer());
            ByteBuffer integerArguments = integers.room(Long.BYTES * sampling.integers());
            ByteBuffer floatArguments = floats.room(Float.BYTES * sampling.floats());
            sampling.write(integerArguments.asLongBuffer(), floatArguments.asFloatBuffer());
            PtNDArray[] answer = script.tensors(scope, "step",
                    Script.tensor(scope, rows, DataType.INT64, 5, layout.decodeRows()), layout.runs(),
                    Script.tensor(scope, visible, DataType.FLOAT32, layout.maskFloats()),
                    Script.tensor(scope, prompts, DataType.INT64, layout.promptRows()), layout.blocks(),
                    Script.tensor(scope, integerArguments, DataType.INT64, sampling.integers()),
                    Script.tensor(scope, floatArguments, DataType.FLOAT32, sampling.floats()), sampling.counts(layout.decodeRows()));
            return result(plan.segments(), sampling, answer[0].toLongArray(), answer[1].toFloatArray(), scope);
        }
    }

    private StepResult result(List<Segment> segments, SamplePlan sampling, long[] ids, float[] values, PtNDManager scope) {
        var failures = new SegmentResult[segments.size()];
        List<List<Sampled>> samples = sampling.draw(segments.size(), ids, values, row -> script.tensor(scope, "logits_row", row).toFloatArray(),
                draw, failures);
        var results = new ArrayList<SegmentResult>(segments.size());
        for (int i = 0; i < failures.length; i++) {
            if (failures[i] != null) {
                ((TorchRegion) segments.get(i).region()).taint();
            }
            results.add(failures[i] != null ? failures[i] : new SegmentResult(samples.get(i), List.of(), List.of(), null, null));
        }
        return new StepResult(results);
    }

    @Override
    public long kvBytesUsed() {
        return kvBytesUsed;
    }

    private Optional<Block> allot(int wanted) {
        Optional<Block> block = slots.allot(wanted);
        countBytes();
        block.ifPresent(this::clearUnused);
        return block;
    }

    /** Fresh memory may hold values that are not finite. Each slot is cleared once, when a block first covers it. */
    private void clearUnused(Block block) {
        int end = block.base() + block.capacity();
        for (int from = cleared.nextClearBit(block.base()); from < end; from = cleared.nextClearBit(from)) {
            int next = cleared.nextSetBit(from);
            int to = next < 0 || next > end ? end : next;
            script.run("clear", from, to - from);
            cleared.set(from, to);
        }
    }

    private void countBytes() {
        kvBytesUsed = slots.usedSlots() * shape.bytesPerSlot();
    }

    /** Copies the first {@code filled} slots into a larger block and frees the old one; empty: no room, nothing changed. */
    Optional<Block> move(Block from, int wanted, int filled) {
        Optional<Block> larger = allot(wanted);
        larger.ifPresent(to -> {
            copy(from, to, filled);
            release(from, false);
        });
        return larger;
    }

    /** Copies the first {@code filled} slots. */
    void copy(Block from, Block to, int filled) {
        script.run("copy_region", from.base(), from.capacity(), to.base(), to.capacity(), filled);
    }

    /** Moves single slots within a block. */
    void compact(Block block, long[] sources, long[] targets) {
        script.run("compact", block.base(), block.capacity(), sources, targets);
    }

    void release(Block block, boolean tainted) {
        if (closed) {
            return;
        }
        if (tainted) {
            script.run("clear", block.base(), block.capacity());
        }
        slots.free(block);
        countBytes();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            script.close();
            arena.close();
        }
    }
}
