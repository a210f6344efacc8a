package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.util.stream.Stream;

/** In eight bits, multiplied by machine code ({@link Int8Inputs}, {@link Int8Strip}). */
final class Int8PromptInputs implements PromptInputs {
    private final KernelThreads threads;
    private final Arena arena = Arena.ofShared();
    /** A room per thread. */
    private final Int8Strip[] strips;
    private final Int8GatedStrip[] gatedStrips;
    private Int8Inputs inputs = new Int8Inputs();
    /** Of the linear behind a gated one. */
    private Int8Inputs nextInputs = new Int8Inputs();
    private Linear linear;

    /**
     * Only where {@link Int8Strip#suits}.
     *
     * @param dotProducts as {@link Int8Strip} has it
     */
    Int8PromptInputs(KernelThreads threads, boolean dotProducts) {
        this.threads = threads;
        strips = Stream.generate(() -> new Int8Strip(arena, threads.count(), dotProducts)).limit(threads.count()).toArray(Int8Strip[]::new);
        gatedStrips = Stream.generate(() -> new Int8GatedStrip(arena, threads.count(), dotProducts)).limit(threads.count()).toArray(Int8GatedStrip[]::new);
    }

    @Override
    public boolean suit(Linear some) {
        return some.rotates(Int8Strip.FORMAT);
    }

    @Override
    public boolean inBytes(Linear some) {
        return suit(some);
    }

    @Override
    public String kernel(Linear some) {
        return "multiplied by machine code in 8 bits";
    }

    @Override
    public void shape(Linear next, int rows) {
        linear = next;
        inputs.shape(rows, next.inputs());
    }

    @Override
    public void set(int row, float[] source, int at) {
        inputs.set(row, source, at);
    }

    @Override
    public void get(int row, float[] target, int at) {
        inputs.get(row, target, at);
    }

    @Override
    public void multiply(float[] y, int firstRow) {
        linear.multiply(threads, strips, inputs, y, firstRow);
    }

    @Override
    public void multiplyGated(float[] room, float[] out, int firstRow) {
        multiply(room, firstRow);
        int width = linear.outputs() / 2;
        threads.run(inputs.rows(), (row, thread) -> RowCode.gate(room, 2 * width * (firstRow + row), width, out, width * (firstRow + row)));
    }

    @Override
    public boolean multiplyGated(Linear next) {
        if (!suit(next)) {
            return false;
        }
        nextInputs.shape(inputs.rows(), next.inputs());
        linear.multiplyGated(threads, gatedStrips, inputs, nextInputs);
        Int8Inputs done = inputs;
        inputs = nextInputs;
        nextInputs = done;
        linear = next;
        return true;
    }

    @Override
    public void close() {
        inputs.close();
        nextInputs.close();
        arena.close();
    }
}
