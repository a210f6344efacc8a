package dev.cadenza.engine.vector;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Inputs of a linear for all rows of a step, and their products by what suits the linear and this machine: machine code for integers, which takes all
 * rows alike ({@link IntegerProducts}); or Java's vectors for the rows of next tokens, and native kernels for those of prompts behind them, where there
 * are any. What a row is decides its bits, not what it shares the step with. Closing frees native memory, not that of {@link PromptInputs}.
 */
final class LinearInputs implements AutoCloseable {
    private final KernelThreads threads;
    private final Optional<IntegerProducts> integerProducts;
    private final Optional<PromptInputs> prompts;
    private final IntegerInputs integers = new IntegerInputs();
    private final InputPanel panel = new InputPanel();
    private Linear linear;
    private boolean inIntegers;
    private int rows;
    private int panelRows;

    LinearInputs(KernelThreads threads, Optional<IntegerProducts> integerProducts, Optional<PromptInputs> prompts) {
        this.threads = threads;
        this.integerProducts = integerProducts;
        this.prompts = prompts;
    }

    /** Whether this linear's inputs are rounded to integers of sixteen bits. */
    boolean inIntegers(Linear some) {
        return integerProducts.filter(some::multipliesIntegers).isPresent();
    }

    /** Whether a row of a prompt has other bits than one of a next token. */
    boolean prefersPrompts(Linear some) {
        return !inIntegers(some) && prompts.isPresent();
    }

    /**
     * For so many rows from now on; their content is undefined.
     *
     * @param next       that is to multiply them
     * @param promptRows how many of the rows, the last, are of prompts
     */
    void shape(Linear next, int newRows, int promptRows) {
        linear = next;
        rows = newRows;
        inIntegers = inIntegers(next);
        if (inIntegers) {
            integers.shape(next.formats(), rows, next.inputs());
            return;
        }
        panelRows = prompts.isPresent() ? rows - promptRows : rows;
        panel.shape(panelRows, next.inputs());
        if (panelRows < rows) {
            prompts.orElseThrow().shape(next, rows - panelRows);
        }
    }

    /** Takes a row's inputs. One thread per row at a time. */
    void set(int row, float[] source, int at) {
        if (inIntegers) {
            integers.set(row, source, at);
        } else if (row < panelRows) {
            panel.set(row, source, at);
        } else {
            prompts.orElseThrow().set(row - panelRows, source, at);
        }
    }

    /** Writes what a row's inputs have become to the target, where it is a prompt's. */
    void get(int row, float[] target, int at) {
        prompts.orElseThrow().get(row - panelRows, target, at);
    }

    /** @param y receives [rows, outputs]; has room for {@link InputPanel#padded} rows */
    void multiply(float[] y) {
        multiply(y, MemorySegment.NULL);
    }

    /** @param copy receives [rows, outputs] as well, where it is not {@code NULL}, of rows that are of no prompt */
    void multiply(float[] y, MemorySegment copy) {
        if (inIntegers) {
            linear.multiply(threads, integerProducts.orElseThrow(), integers, y, copy);
            return;
        }
        if (panelRows > 0) {
            linear.multiply(threads, panel, y, copy);
        }
        if (panelRows < rows) {
            // Behind the others, whose padding may have written here.
            prompts.orElseThrow().multiply(y, panelRows);
        }
    }

    /**
     * silu(first weight's outputs) * second's.
     *
     * @param room has that of {@link #multiply}
     * @param out  receives [rows, outputs / 2]
     */
    void multiplyGated(float[] room, float[] out) {
        int width = linear.outputs() / 2;
        int ungated = inIntegers ? rows : panelRows;
        if (inIntegers) {
            multiply(room);
        } else if (panelRows > 0) {
            linear.multiply(threads, panel, room);
        }
        threads.run(ungated, (row, thread) -> RowKernels.gate(room, 2 * width * row, width, 0, width, out, width * row));
        if (ungated < rows) {
            prompts.orElseThrow().multiplyGated(out, panelRows);
        }
    }

    @Override
    public void close() {
        integers.close();
    }
}
