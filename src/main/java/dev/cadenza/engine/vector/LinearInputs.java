package dev.cadenza.engine.vector;

import java.util.Optional;

/**
 * Inputs of a linear for all rows of a step: those of next tokens, and behind them those of prompts, which the native kernels multiply where there are
 * any. Which of the two a row is decides its bits, not what it shares the step with.
 */
final class LinearInputs {
    private final KernelThreads threads;
    private final Optional<PromptInputs> prompts;
    private final InputPanel panel = new InputPanel();
    private Linear linear;
    private int rows;
    private int panelRows;

    LinearInputs(KernelThreads threads, Optional<PromptInputs> prompts) {
        this.threads = threads;
        this.prompts = prompts;
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
        panelRows = prompts.isPresent() ? rows - promptRows : rows;
        panel.shape(panelRows, next.inputs());
        if (panelRows < rows) {
            prompts.orElseThrow().shape(next, rows - panelRows);
        }
    }

    /** Takes a row's inputs. One thread per row at a time. */
    void set(int row, float[] source, int at) {
        if (row < panelRows) {
            panel.set(row, source, at);
        } else {
            prompts.orElseThrow().set(row - panelRows, source, at);
        }
    }

    /** @param y receives [rows, outputs]; has room for {@link InputPanel#padded} rows */
    void multiply(float[] y) {
        if (panelRows > 0) {
            linear.multiply(threads, panel, y);
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
        if (panelRows > 0) {
            linear.multiply(threads, panel, room);
            threads.run(panelRows, (row, thread) -> RowKernels.gate(room, 2 * width * row, width, 0, width, out, width * row));
        }
        if (panelRows < rows) {
            prompts.orElseThrow().multiplyGated(out, panelRows);
        }
    }
}
