package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.util.stream.Stream;

/** Multiplied by oneDNN's kernels in float32. */
final class OneDnnPromptInputs implements PromptInputs {
    private final KernelThreads threads;
    private final Arena arena = Arena.ofShared();
    /** A room per thread. */
    private final StripProducts[] strips;
    private float[] inputs = new float[0];
    private Linear linear;
    private int rows;

    OneDnnPromptInputs(KernelThreads threads, FloatProducts floats) {
        this.threads = threads;
        strips = Stream.generate(() -> new StripProducts(floats, arena)).limit(threads.count()).toArray(StripProducts[]::new);
    }

    @Override
    public boolean suit(Linear some) {
        return true;
    }

    @Override
    public void shape(Linear next, int newRows) {
        linear = next;
        rows = newRows;
        if (inputs.length < rows * next.inputs()) {
            inputs = new float[rows * next.inputs()];
        }
    }

    @Override
    public String kernel(Linear some) {
        return "multiplied by oneDNN";
    }

    @Override
    public boolean inBytes(Linear some) {
        return false;
    }

    @Override
    public void set(int row, float[] source, int at) {
        System.arraycopy(source, at, inputs, row * linear.inputs(), linear.inputs());
    }

    @Override
    public void get(int row, float[] target, int at) {
        System.arraycopy(inputs, row * linear.inputs(), target, at, linear.inputs());
    }

    @Override
    public void multiply(float[] y, int firstRow) {
        linear.multiply(threads, strips, inputs, rows, y, firstRow);
    }

    @Override
    public void multiplyGated(float[] room, float[] out, int firstRow) {
        linear.multiplyGated(threads, strips, inputs, rows, out, firstRow);
    }

    @Override
    public boolean multiplyGated(Linear next) {
        return false;
    }

    @Override
    public void close() {
        arena.close();
    }
}
