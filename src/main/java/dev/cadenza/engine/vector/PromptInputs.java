package dev.cadenza.engine.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Inputs of a linear for a step's rows of prompts, and their products by kernels that are for many rows. A row has the same bits for any number of
 * rows. Closing frees native memory.
 */
sealed interface PromptInputs extends AutoCloseable permits Int8PromptInputs, OneDnnPromptInputs {
    /** What there is here, what is preferred first. */
    static List<PromptInputs> all(KernelThreads threads, Optional<FloatProducts> floats) {
        var all = new ArrayList<PromptInputs>();
        if (Int8Strip.suits()) {
            all.add(new Int8PromptInputs(threads, Processor.hasDotProducts()));
        }
        floats.ifPresent(found -> all.add(new OneDnnPromptInputs(threads, found)));
        return List.copyOf(all);
    }

    /** Whether they multiply this linear. */
    boolean suit(Linear some);

    /** Whether this linear's inputs are rounded to bytes. */
    boolean inBytes(Linear some);

    /** How this linear is multiplied, for the banner. */
    String kernel(Linear some);

    /** For so many rows from now on; their content is undefined. */
    void shape(Linear next, int rows);

    /** Takes a row's inputs. One thread per row at a time. */
    void set(int row, float[] source, int at);

    /** Writes what a row's inputs have become to the target. */
    void get(int row, float[] target, int at);

    /** @param y receives [rows, outputs] from row {@code firstRow} on */
    void multiply(float[] y, int firstRow);

    /**
     * silu(first weight's outputs) * second's, of two weights.
     *
     * @param room has that of {@link #multiply}
     * @param out  receives [rows, outputs / 2] from row {@code firstRow} on
     */
    void multiplyGated(float[] room, float[] out, int firstRow);

    /**
     * The same, rounded for the linear that it is for while it is in the nearest cache: instead of {@link #multiplyGated(float[], float[], int)},
     * {@link #shape} and {@link #set}.
     *
     * @return whether it was done; else nothing was
     */
    boolean multiplyGated(Linear next);

    @Override
    void close();
}
