package dev.cadenza.engine.torch;

import dev.cadenza.engine.torch.Captures.Capture;
import java.util.List;
import java.util.function.IntFunction;

/** Computes a step that has been laid out. Device thread only. */
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

    /** Time spent in Java's own kernels since the load. */
    long vectorNanos();

    @Override
    void close();
}
