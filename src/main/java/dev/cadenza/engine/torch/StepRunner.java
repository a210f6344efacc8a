package dev.cadenza.engine.torch;

import dev.cadenza.engine.torch.Captures.Capture;
import dev.cadenza.engine.kv.SlotAllocator.Block;
import java.util.List;
import java.util.function.IntFunction;

/** Computes a step that has been laid out, and owns keys and values. Device thread only. */
interface StepRunner extends AutoCloseable {

    /**
     * @param integers, floats as {@link SamplePlan#draw} takes them
     * @param logits as {@link SamplePlan#draw} takes them, until the next step
     * @param states per capture, in the order of the call: its rows' states, one after the other
     */
    record Answer(long[] integers, float[] floats, IntFunction<float[]> logits, List<float[]> states) {
    }

    /** @throws Script.NativeFailure a native call failed */
    Answer run(StepLayout layout, SamplePlan sampling, List<Capture> captures);

    /** How rows must be numbered. */
    SelfTest.Verdict verdict();

    /** Bytes of weights that a step of next-token rows reads. Any thread. */
    long weightBytes();

    /** Time spent in kernels since the load. */
    long kernelNanos();

    /** Makes slots zero. */
    void clear(int from, int slots);

    /** Copies a block's first slots to another's. */
    void copy(Block from, Block to, int slots);

    /** Moves single slots within a block. */
    void compact(Block block, long[] sources, long[] targets);

    @Override
    void close();
}
