package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.stream.Stream;

/** Multiplied by oneDNN's kernels: in bytes where the weights and the processor allow it ({@link RotatedInputs}), else in float32. */
final class OneDnnPromptInputs implements PromptInputs {
    private record InBytes(RotatedInputs inputs, RotatedStrip[] strips) {
    }

    private final KernelThreads threads;
    private final Arena arena = Arena.ofShared();
    /** A room per thread. */
    private final StripProducts[] strips;
    private final Optional<InBytes> inBytes;
    private float[] plain = new float[0];
    private Linear linear;
    private int rows;

    OneDnnPromptInputs(KernelThreads threads, FloatProducts floats, Optional<ByteProducts> bytes) {
        this.threads = threads;
        strips = Stream.generate(() -> new StripProducts(floats, arena)).limit(threads.count()).toArray(StripProducts[]::new);
        inBytes = bytes.map(found -> new InBytes(new RotatedInputs(),
                Stream.generate(() -> new RotatedStrip(floats, found, arena)).limit(threads.count()).toArray(RotatedStrip[]::new)));
    }

    @Override
    public boolean suit(Linear some) {
        return true;
    }

    @Override
    public void shape(Linear next, int newRows) {
        linear = next;
        rows = newRows;
        if (inBytes(next)) {
            inBytes.orElseThrow().inputs.shape(rows, next.inputs());
        } else if (plain.length < rows * next.inputs()) {
            plain = new float[rows * next.inputs()];
        }
    }

    @Override
    public String kernel(Linear some) {
        return "multiplied by oneDNN" + (inBytes(some) ? " in 8 bits" : "");
    }

    @Override
    public boolean inBytes(Linear some) {
        return inBytes.isPresent() && some.rotates(RotatedStrip.FORMAT);
    }

    @Override
    public void set(int row, float[] source, int at) {
        if (inBytes(linear)) {
            inBytes.orElseThrow().inputs.set(row, source, at);
        } else {
            System.arraycopy(source, at, plain, row * linear.inputs(), linear.inputs());
        }
    }

    @Override
    public void get(int row, float[] target, int at) {
        if (inBytes(linear)) {
            inBytes.orElseThrow().inputs.get(row, target, at);
        } else {
            System.arraycopy(plain, row * linear.inputs(), target, at, linear.inputs());
        }
    }

    @Override
    public void multiply(float[] y, int firstRow) {
        if (inBytes(linear)) {
            linear.multiply(threads, inBytes.orElseThrow().strips, inBytes.orElseThrow().inputs, y, firstRow);
        } else {
            linear.multiply(threads, strips, plain, rows, y, firstRow);
        }
    }

    @Override
    public void multiplyGated(float[] room, float[] out, int firstRow) {
        if (inBytes(linear)) {
            linear.multiplyGated(threads, inBytes.orElseThrow().strips, inBytes.orElseThrow().inputs, out, firstRow);
        } else {
            linear.multiplyGated(threads, strips, plain, rows, out, firstRow);
        }
    }

    @Override
    public boolean multiplyGated(Linear next) {
        return false;
    }

    @Override
    public void close() {
        inBytes.ifPresent(bytes -> bytes.inputs.close());
        arena.close();
    }
}
