package dev.cadenza.engine.vector;

import java.util.Optional;

/**
 * Inputs of a linear for all rows of a step: those of next tokens, and behind them those of prompts, which the native kernels multiply where there are
 * any. Which of the two a row is decides its bits, not what it shares the step with.
 */
final class LinearInputs {
    private final KernelThreads threads;
    private final Optional<StripProducts[]> products;
    private final InputPanel panel = new InputPanel();
    private float[] prompts = new float[0];
    private Linear linear;
    private int rows;
    private int panelRows;

    /** @param products for prompts, with a room per thread */
    LinearInputs(KernelThreads threads, Optional<StripProducts[]> products) {
        this.threads = threads;
        this.products = products;
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
        panelRows = products.isPresent() ? rows - promptRows : rows;
        panel.shape(panelRows, next.inputs());
        int size = (rows - panelRows) * next.inputs();
        if (prompts.length < size) {
            prompts = new float[size];
        }
    }

    /** Takes a row's inputs. One thread per row at a time. */
    void set(int row, float[] source, int at) {
        if (row < panelRows) {
            panel.set(row, source, at);
        } else {
            System.arraycopy(source, at, prompts, (row - panelRows) * linear.inputs(), linear.inputs());
        }
    }

    /** @param y receives [rows, outputs]; has room for {@link InputPanel#padded} rows */
    void multiply(float[] y) {
        if (panelRows > 0) {
            linear.multiply(threads, panel, y);
        }
        if (panelRows < rows) {
            // Behind the others, whose padding may have written here.
            linear.multiply(threads, products.orElseThrow(), prompts, rows - panelRows, y, panelRows);
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
        if (panelRows > 0) {
            linear.multiply(threads, panel, room);
            threads.run(panelRows, (row, thread) -> RowKernels.gate(room, 2 * width * row, width, 0, width, out, width * row));
        }
        if (panelRows < rows) {
            linear.multiplyGated(threads, products.orElseThrow(), prompts, rows - panelRows, out, panelRows);
        }
    }
}
