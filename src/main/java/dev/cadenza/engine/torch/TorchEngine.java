package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.CandidateDraw;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.HiddenStates;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.StepResult;
import dev.cadenza.engine.kv.SlotAllocator;
import dev.cadenza.engine.kv.SlotAllocator.Block;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A Llama-family decoder on DJL's PyTorch, CPU. Load it on the thread that steps it. */
public final class TorchEngine implements Engine {
    private static final int PREFILL_BLOCK = 64;

    private final Script script;
    private final Arena arena = Arena.ofConfined();
    private final Staging decodeRows = new Staging(arena);
    private final Staging mask = new Staging(arena);
    private final Staging phaseRows = new Staging(arena);
    private final Staging resumedRows = new Staging(arena);
    private final Staging captureRows = new Staging(arena);
    private final Staging promptIds = new Staging(arena);
    private final Staging integers = new Staging(arena);
    private final Staging floats = new Staging(arena);
    private final SlotAllocator slots;
    /** Slots that have been cleared since the arena was allocated. */
    private final BitSet cleared = new BitSet();
    private final CandidateDraw draw;
    private final Shape shape;
    private final SelfTest.Verdict verdict;
    private final WeightBinder.Bound weights;
    private volatile long kvBytesUsed;
    private boolean closed;

    private TorchEngine(Script script, Architecture architecture, EngineSettings settings, WeightBinder.Bound weights, SelfTest.Verdict verdict) {
        this.script = script;
        this.verdict = verdict;
        this.weights = weights;
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
            SelfTest.Dense dense = SelfTest.chooseDense(script, settings.precision());
            boolean int4 = SelfTest.chooseInt4(script, settings.precision(), dense);
            WeightBinder.Bound bound = new WeightBinder(checkpoint, script, dense, int4).bind();
            FreedMemory.giveBack();
            return new TorchEngine(script, architecture, settings, bound, SelfTest.run(script, architecture, dense, bound));
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
        attributes.put("halves", new ScriptArchive.Attribute.ObjectList());
        attributes.put("int4", new ScriptArchive.Attribute.BoolList());
        attributes.put("halved", new ScriptArchive.Attribute.Bool(false));
        attributes.put("most_rows", new ScriptArchive.Attribute.Int(1));
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

    /** Bytes of weights that a step of next-token rows reads. Any thread. */
    public long weightBytes() {
        return weights.decodeBytes();
    }

    /** Weights of all linears, the head included. Any thread. */
    public long weights() {
        return weights.count();
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
                enter(segment);
                appended++;
            }
            StepResult result = run(plan);
            for (Segment segment : segments) {
                if (segment.input() instanceof Input.Hidden hidden) {
                    ((TorchRegion) segment.region()).addRan(hidden.nodes(), segment.layers());
                }
            }
            return result;
        } catch (RuntimeException e) {
            for (Segment segment : segments.subList(0, appended)) {
                if (segment.input() instanceof Input.Tokens) {
                    ((TorchRegion) segment.region()).dropLast(segment.rows());
                }
            }
            if (e instanceof Script.NativeFailure) {
                throw new StepFailed(e.getMessage(), e, Set.of());
            }
            throw e;
        }
    }

    private static void enter(Segment segment) {
        var region = (TorchRegion) segment.region();
        switch (segment.input()) {
            case Input.Tokens tokens -> region.append(tokens.parents(), segment.layers());
            case Input.Hidden hidden -> {
                if (hidden.states().getFirst().region() != region) {
                    throw new IllegalArgumentException("hidden states of another region");
                }
                region.requireResumable(hidden.nodes(), hidden.layer(), segment.layers());
            }
        }
    }

    private StepResult run(StepPlan plan) {
        var layout = new StepLayout(plan, shape.layers(), PREFILL_BLOCK, verdict);
        var sampling = new SamplePlan(layout.headRows(), shape.vocabulary(), verdict.rows());
        List<Captures.Capture> captures = layout.captures().inProgramOrder();
        try (PtNDManager scope = script.scope()) {
            int width = layout.paddedRows();
            ByteBuffer rows = decodeRows.room(5 * Long.BYTES * width);
            layout.writeDecodeRows(rows.asLongBuffer());
            ByteBuffer visible = mask.room(Float.BYTES * layout.groups().maskFloats());
            layout.groups().writeMask(visible.asFloatBuffer());
            ByteBuffer prompts = promptIds.room(Long.BYTES * layout.promptRows());
            layout.writePromptIds(prompts.asLongBuffer());
            ByteBuffer integerArguments = integers.room(Long.BYTES * sampling.integers());
            ByteBuffer floatArguments = floats.room(Float.BYTES * sampling.floats());
            sampling.write(integerArguments.asLongBuffer(), floatArguments.asFloatBuffer());
            PtNDArray[] answer = script.tensors(scope, "step",
                    Script.tensor(scope, rows, DataType.INT64, 5, width), layout.groups().arguments(),
                    Script.tensor(scope, visible, DataType.FLOAT32, layout.groups().maskFloats()),
                    layout.phases().arguments(), indices(scope, phaseRows, layout.phases().chosenRows()),
                    resumed(layout, scope), indices(scope, resumedRows, layout.resumedRows()),
                    captures.stream().flatMapToLong(new Offsets()::describe).toArray(),
                    indices(scope, captureRows, captures.stream().flatMap(capture -> IntStream.of(capture.rows()).boxed()).toList()),
                    Script.tensor(scope, prompts, DataType.INT64, layout.promptRows()), layout.blocks(),
                    Script.tensor(scope, integerArguments, DataType.INT64, sampling.integers()),
                    Script.tensor(scope, floatArguments, DataType.FLOAT32, sampling.floats()), sampling.counts(layout.decodeRows()));
            List<SamplePlan.Outcome> outcomes = sampling.draw(plan.segments().size(), answer[0].toLongArray(), answer[1].toFloatArray(),
                    this::logitsRow, draw);
            return result(plan.segments(), outcomes, captures, Arrays.asList(answer).subList(2, answer.length));
        }
    }

    /** Of the last step. */
    private float[] logitsRow(int row) {
        try (PtNDManager scope = script.scope()) {
            return script.tensor(scope, "logits_row", row).toFloatArray();
        }
    }

    /** A list of tensors must have one. */
    private static PtNDArray[] resumed(StepLayout layout, PtNDManager scope) {
        return layout.resumed().isEmpty() ? new PtNDArray[] {Script.tensor(scope, ByteBuffer.allocateDirect(0), DataType.FLOAT32, 0)} : layout.resumed().toArray(PtNDArray[]::new);
    }

    private static PtNDArray indices(PtNDManager scope, Staging staging, List<Integer> values) {
        ByteBuffer buffer = staging.room(Long.BYTES * values.size());
        LongBuffer target = buffer.asLongBuffer();
        values.forEach(target::put);
        return Script.tensor(scope, buffer, DataType.INT64, values.size());
    }

    /** Source, layer, offset and number of rows per capture. */
    private static final class Offsets {
        private int offset;

        LongStream describe(Captures.Capture capture) {
            int first = offset;
            offset += capture.rows().length;
            return LongStream.of(capture.source(), capture.layer(), first, capture.rows().length);
        }
    }

    private StepResult result(List<Segment> segments, List<SamplePlan.Outcome> outcomes, List<Captures.Capture> captures, List<PtNDArray> states) {
        var results = new ArrayList<SegmentResult>(segments.size());
        for (int i = 0; i < segments.size(); i++) {
            var region = (TorchRegion) segments.get(i).region();
            SamplePlan.Outcome outcome = outcomes.get(i);
            if (!outcome.finite()) {
                region.taint();
                results.add(SegmentResult.failed("logits are not finite"));
                continue;
            }
            var taps = new TreeMap<Integer, float[]>();
            HiddenStates hidden = null;
            for (int c = 0; c < captures.size(); c++) {
                Captures.Capture capture = captures.get(c);
                if (capture.segment() == i && capture.tap() >= 0) {
                    taps.put(capture.tap(), states.get(c).toFloatArray());
                } else if (capture.segment() == i) {
                    hidden = region.keepHidden(segments.get(i), capture.layer(), script.own(states.get(c)));
                }
            }
            results.add(new SegmentResult(outcome.samples(), outcome.probabilities(), List.copyOf(taps.values()), hidden, null));
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
