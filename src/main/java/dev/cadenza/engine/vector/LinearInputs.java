package dev.cadenza.engine.vector;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Inputs of a linear for all rows of a step, and their products by what suits the linear and this machine. Next tokens: machine code for integers
 * ({@link IntegerProducts}), else Java's vectors. Prompts, behind them, the same; but their own kernels where there are any ({@link PromptInputs}), in
 * bytes, or the machine code is missing. What a row is decides its bits, not what it shares the step with. Closing frees native memory.
 */
final class LinearInputs implements AutoCloseable {
    private final KernelThreads threads;
    private final Optional<IntegerProducts> integerProducts;
    /** Those that are preferred first. */
    private final List<PromptInputs> allPrompts;
    private final IntegerInputs integers = new IntegerInputs();
    private final InputPanel panel = new InputPanel();
    private Linear linear;
    /** The current linear's. */
    private Optional<PromptInputs> prompts = Optional.empty();
    private boolean inIntegers;
    private int rows;
    private int promptRows;
    private int nextRows;

    /** @param prompts what is preferred first; closed with this */
    LinearInputs(KernelThreads threads, Optional<IntegerProducts> integerProducts, List<PromptInputs> prompts) {
        this.threads = threads;
        this.integerProducts = integerProducts;
        allPrompts = prompts;
    }

    /** Whether this linear's inputs are rounded to integers of sixteen bits. */
    boolean inIntegers(Linear some) {
        return integerProducts.filter(some::multipliesIntegers).isPresent();
    }

    /** Whether a row of a prompt has other bits than one of a next token. */
    boolean prefersPrompts(Linear some) {
        return prompts(some).isPresent();
    }

    private Optional<PromptInputs> prompts(Linear some) {
        return allPrompts.stream().filter(each -> each.suit(some) && (each.inBytes(some) || !inIntegers(some))).findFirst();
    }

    /** How rows of prompts are multiplied, where they have kernels of their own. */
    Optional<String> promptKernel(Linear some) {
        return prompts(some).map(each -> each.kernel(some));
    }

    /** Whether Java's vectors take silu of this linear's outputs. */
    boolean gatesByVectors(Linear some) {
        return integerProducts.isEmpty() || prompts(some).filter(OneDnnPromptInputs.class::isInstance).isPresent();
    }

    /**
     * For so many rows from now on; their content is undefined.
     *
     * @param next          that is to multiply them
     * @param newPromptRows how many of the rows, the last, are of prompts
     */
    void shape(Linear next, int newRows, int newPromptRows) {
        rows = newRows;
        promptRows = newPromptRows;
        shapeNext(next);
        if (nextRows < rows) {
            prompts.orElseThrow().shape(next, rows - nextRows);
        }
    }

    private void shapeNext(Linear next) {
        linear = next;
        inIntegers = inIntegers(next);
        prompts = promptRows == 0 ? Optional.empty() : prompts(next);
        nextRows = prompts.isPresent() ? rows - promptRows : rows;
        if (inIntegers) {
            integers.shape(next.formats(), nextRows, next.inputs());
        } else {
            panel.shape(nextRows, next.inputs());
        }
    }

    /** Takes a row's inputs. One thread per row at a time. */
    void set(int row, float[] source, int at) {
        if (row >= nextRows) {
            prompts.orElseThrow().set(row - nextRows, source, at);
        } else if (inIntegers) {
            integers.set(row, source, at);
        } else {
            panel.set(row, source, at);
        }
    }

    /** Writes what a row's inputs have become to the target, where it is a prompt's. */
    void get(int row, float[] target, int at) {
        prompts.orElseThrow().get(row - nextRows, target, at);
    }

    /** @param y receives [rows, outputs]; has room for {@link InputPanel#padded} rows */
    void multiply(float[] y) {
        multiply(y, MemorySegment.NULL);
    }

    /** @param copy receives [rows, outputs] as well, where it is not {@code NULL}, of rows that are of no prompt */
    void multiply(float[] y, MemorySegment copy) {
        multiplyNext(y, copy);
        if (nextRows < rows) {
            // Behind the others, whose padding may have written here.
            prompts.orElseThrow().multiply(y, nextRows);
        }
    }

    private void multiplyNext(float[] y, MemorySegment copy) {
        if (inIntegers && nextRows > 0) {
            linear.multiply(threads, integerProducts.orElseThrow(), integers, y, copy);
        } else if (nextRows > 0) {
            linear.multiply(threads, panel, y, copy);
        }
    }

    /**
     * silu(first weight's outputs) * second's, for the linear that it is for, whose inputs these are from now on.
     *
     * @param room has that of {@link #multiply}
     * @param out  receives [rows, outputs / 2]
     * @return how many rows, the first, are still to be {@link #set} from there; the others have their inputs
     */
    int multiplyGated(Linear next, float[] room, float[] out) {
        int width = linear.outputs() / 2;
        multiplyNext(room, MemorySegment.NULL);
        threads.run(nextRows, (row, thread) -> gate(room, width, row, out));
        if (nextRows < rows && prompts(next).equals(prompts) && prompts.orElseThrow().multiplyGated(next)) {
            shapeNext(next);
            return nextRows;
        }
        if (nextRows < rows) {
            prompts.orElseThrow().multiplyGated(room, out, nextRows);
        }
        shape(next, rows, promptRows);
        return rows;
    }

    private void gate(float[] room, int width, int row, float[] out) {
        if (integerProducts.isPresent()) {
            RowCode.gate(room, 2 * width * row, width, out, width * row);
        } else {
            RowKernels.gate(room, 2 * width * row, width, 0, width, out, width * row);
        }
    }

    @Override
    public void close() {
        integers.close();
        allPrompts.forEach(PromptInputs::close);
    }
}
