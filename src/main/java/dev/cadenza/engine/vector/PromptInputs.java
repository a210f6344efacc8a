package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Inputs of a linear for a step's rows of prompts, and their products by native kernels: in bytes where the weights and the processor allow it
 * ({@link RotatedInputs}), else in float32. A row has the same bits for any number of rows. Closing frees native memory.
 */
final class PromptInputs implements AutoCloseable {
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

    PromptInputs(KernelThreads threads, FloatProducts floats, Optional<ByteProducts> bytes) {
        this.threads = threads;
        strips = Stream.generate(() -> new StripProducts(floats, arena)).limit(threads.count()).toArray(StripProducts[]::new);
        inBytes = bytes.map(found -> new InBytes(new RotatedInputs(),
                Stream.generate(() -> new RotatedStrip(floats, found, arena)).limit(threads.count()).toArray(RotatedStrip[]::new)));
    }

    /** For so many rows from now on; their content is undefined. */
    void shape(Linear next, int newRows) {
        linear = next;
        rows = newRows;
        if (inBytes(next)) {
            inBytes.orElseThrow().inputs.shape(rows, next.inputs());
        } else if (plain.length < rows * next.inputs()) {
            plain = new float[rows * next.inputs()];
        }
    }

    /** Whether this linear's inputs are rounded to bytes. */
    boolean inBytes(Linear some) {
        return inBytes.isPresent() && some.rotates();
    }

    /** Takes a row's inputs. One thread per row at a time. */
    void set(int row, float[] source, int at) {
        if (inBytes(linear)) {
            inBytes.orElseThrow().inputs.set(row, source, at);
        } else {
            System.arraycopy(source, at, plain, row * linear.inputs(), linear.inputs());
        }
    }

    /** Writes what a row's inputs have become to the target. */
    void get(int row, float[] target, int at) {
        if (inBytes(linear)) {
            inBytes.orElseThrow().inputs.get(row, target, at);
        } else {
            System.arraycopy(plain, row * linear.inputs(), target, at, linear.inputs());
        }
    }

    /** @param y receives [rows, outputs] from row {@code firstRow} on */
    void multiply(float[] y, int firstRow) {
        if (inBytes(linear)) {
            linear.multiply(threads, inBytes.orElseThrow().strips, inBytes.orElseThrow().inputs, y, firstRow);
        } else {
            linear.multiply(threads, strips, plain, rows, y, firstRow);
        }
    }

    /**
     * silu(first weight's outputs) * second's, of two weights.
     *
     * @param out receives [rows, outputs / 2] from row {@code firstRow} on
     */
    void multiplyGated(float[] out, int firstRow) {
        if (inBytes(linear)) {
            linear.multiplyGated(threads, inBytes.orElseThrow().strips, inBytes.orElseThrow().inputs, out, firstRow);
        } else {
            linear.multiplyGated(threads, strips, plain, rows, out, firstRow);
        }
    }

    @Override
    public void close() {
        inBytes.ifPresent(bytes -> bytes.inputs.close());
        arena.close();
    }
}
