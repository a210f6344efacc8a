package dev.cadenza.engine.torch;

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
import dev.cadenza.engine.vector.VectorDecoder;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.store.DerivedFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A Llama-family decoder on the CPU: on DJL's PyTorch, or in Java's own kernels where they are quicker. Load it on the thread that steps it. */
public final class TorchEngine implements Engine {
    private static final int PREFILL_BLOCK = 64;

    private final StepRunner runner;
    private final SlotAllocator slots;
    /** Slots that have been cleared since the arena was allocated. */
    private final BitSet cleared = new BitSet();
    private final CandidateDraw draw;
    private final Shape shape;
    private final Architecture architecture;
    private volatile long kvBytesUsed;
    private boolean closed;

    private TorchEngine(Architecture architecture, int slotCount, StepRunner runner) {
        this.architecture = architecture;
        this.runner = runner;
        long bytesPerSlot = bytesPerSlot(architecture);
        slots = new SlotAllocator(slotCount);
        draw = new CandidateDraw(architecture.vocabulary());
        shape = new Shape(architecture.layers(), architecture.hidden(), architecture.vocabulary(),
                Math.min(architecture.context(), slots.largestCapacity()), bytesPerSlot,
                slots.slots() * bytesPerSlot, PREFILL_BLOCK, runner.verdict().linearsInvariant());
    }

    private static long bytesPerSlot(Architecture architecture) {
        return 2L * architecture.kvHeads() * architecture.headDim() * architecture.layers() * Float.BYTES;
    }

    /**
     * Loads the weights and checks the kernels against float32. Takes seconds.
     *
     * @throws IllegalStateException the native libraries do not load or compute wrongly
     */
    public static TorchEngine load(Checkpoint checkpoint, EngineSettings settings) {
        return load(checkpoint, settings, DerivedFile.NONE);
    }

    /**
     * @param packed where the weights are, or shall be kept, as the kernels read them
     * @see #load(Checkpoint, EngineSettings)
     */
    public static TorchEngine load(Checkpoint checkpoint, EngineSettings settings, DerivedFile packed) {
        return load(checkpoint, settings, packed, settings.precision() == EngineSettings.Precision.FAST && VectorDecoder.suits());
    }

    /** @param vector whether layers, head and sampling run in Java's kernels */
    static TorchEngine load(Checkpoint checkpoint, EngineSettings settings, DerivedFile packed, boolean vector) {
        int slots = slots(checkpoint.architecture(), settings.kvBytes());
        StepRunner runner = vector ? VectorStep.load(checkpoint, settings, packed, slots) : ProgramStep.load(checkpoint, settings, slots);
        return new TorchEngine(checkpoint.architecture(), slots, runner);
    }

    /** A layer's keys and values may be one tensor that Java sees as one buffer. */
    private static int slots(Architecture architecture, long kvBytes) {
        long most = Integer.MAX_VALUE / (2L * architecture.kvHeads() * architecture.headDim() * Float.BYTES);
        int slots = (int) Math.min(kvBytes / bytesPerSlot(architecture), most);
        if (slots < SlotAllocator.UNIT) {
            throw new IllegalStateException("a KV budget of %d bytes is below the least, %d".formatted(kvBytes,
                    SlotAllocator.UNIT * bytesPerSlot(architecture)));
        }
        return slots / SlotAllocator.UNIT * SlotAllocator.UNIT;
    }

    /** The kernels chosen and what the self-test found, for the banner. */
    public String kernels() {
        return runner.verdict().description();
    }

    /** Nanoseconds spent in kernels since the load: what a step takes beyond them is bookkeeping. Device thread only. */
    public long kernelNanos() {
        return runner.kernelNanos();
    }

    /** Bytes of weights that a step of next-token rows reads. Any thread. */
    public long weightBytes() {
        return runner.weightBytes();
    }

    /** Weights of all linears, the head included. Any thread. */
    public long weights() {
        long attention = (long) architecture.hidden() * architecture.headDim() * 2 * (architecture.heads() + architecture.kvHeads());
        long feedForward = 3L * architecture.hidden() * architecture.feedForward();
        return architecture.layers() * (attention + feedForward) + (long) architecture.vocabulary() * architecture.hidden();
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
            // Java's kernels throw where they would reach out of an array.
            if (e instanceof Script.NativeFailure || e instanceof IndexOutOfBoundsException) {
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
        var layout = new StepLayout(plan, shape.layers(), PREFILL_BLOCK, runner.verdict());
        var sampling = new SamplePlan(layout.headRows(), shape.vocabulary(), runner.verdict().counts(layout.headRows().size()));
        List<Captures.Capture> captures = layout.captures().inProgramOrder();
        StepRunner.Answer answer = runner.run(layout, sampling, captures);
        List<SamplePlan.Outcome> outcomes = sampling.draw(plan.segments().size(), answer.integers(), answer.floats(), answer.logits(), draw);
        return result(plan.segments(), outcomes, captures, answer.states());
    }

    private StepResult result(List<Segment> segments, List<SamplePlan.Outcome> outcomes, List<Captures.Capture> captures, List<float[]> states) {
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
                    taps.put(capture.tap(), states.get(c));
                } else if (capture.segment() == i) {
                    hidden = region.keepHidden(segments.get(i), capture.layer(), states.get(c));
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
            runner.clear(from, to - from);
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
            runner.copy(from, to, filled);
            release(from, false);
        });
        return larger;
    }

    /** Copies the first {@code filled} slots. */
    void copy(Block from, Block to, int filled) {
        runner.copy(from, to, filled);
    }

    /** Moves single slots within a block. */
    void compact(Block block, long[] sources, long[] targets) {
        runner.compact(block, sources, targets);
    }

    void release(Block block, boolean tainted) {
        if (closed) {
            return;
        }
        if (tainted) {
            runner.clear(block.base(), block.capacity());
        }
        slots.free(block);
        countBytes();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            runner.close();
        }
    }
}
