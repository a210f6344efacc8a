package dev.cadenza.engine.vector;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What the kernels make of a linear, held against plain sums in double precision and against themselves.
 *
 * @param error     largest difference of an output from the plain sum, relative to the largest output
 * @param invariant whether each row has the same bits alone as in tiles of every kind
 */
public record KernelCheck(double error, boolean invariant) {
    /** Rows that make a tile of each size of {@link CodeKernel}, one of them padded. */
    private static final int[] FEW = {2, 3, 8};
    /** Tiles of {@link TileKernel}, one of them padded. */
    private static final int ROWS = InputPanel.MANY + 1;
    /** Of each weight: some blocks of lanes. */
    private static final int OUTPUTS = 64;

    /** Both of them: the worse of each. */
    KernelCheck and(KernelCheck other) {
        return new KernelCheck(Math.max(error, other.error), invariant && other.invariant);
    }

    /**
     * @param weights that the linear was packed from
     * @param prompts where prompts have native kernels
     */
    static KernelCheck of(Linear whole, List<WeightRows> weights, KernelThreads threads, Optional<PromptInputs> prompts) {
        Linear linear = whole.first(OUTPUTS);
        int inputs = weights.getFirst().weight().columns();
        float[] x = noise(ROWS * inputs);
        float[] together = product(linear, x, 0, ROWS, inputs, threads);
        boolean invariant = true;
        for (int rows : FEW) {
            float[] few = product(linear, x, 0, rows, inputs, threads);
            invariant &= Arrays.equals(few, 0, rows * linear.outputs(), together, 0, rows * linear.outputs());
        }
        for (int row = 0; row < ROWS; row++) {
            float[] alone = product(linear, x, row, 1, inputs, threads);
            invariant &= Arrays.equals(alone, 0, linear.outputs(), together, row * linear.outputs(), (row + 1) * linear.outputs());
        }
        KernelCheck few = new KernelCheck(error(linear, weights, x, together), invariant);
        return prompts.map(products -> few.and(ofPrompts(linear, weights, products, x))).orElse(few);
    }

    /** Bytes are held against what they stand for: what is lost to them is no error of the kernels. */
    private static KernelCheck ofPrompts(Linear linear, List<WeightRows> weights, PromptInputs prompts, float[] x) {
        int inputs = linear.inputs();
        float[] together = product(linear, x, 0, ROWS, prompts);
        float[] taken = new float[ROWS * inputs];
        for (int row = 0; row < ROWS; row++) {
            prompts.get(row, taken, row * inputs);
        }
        boolean invariant = true;
        for (int row = 0; row < ROWS; row++) {
            float[] alone = product(linear, x, row, 1, prompts);
            invariant &= Arrays.equals(alone, 0, linear.outputs(), together, row * linear.outputs(), (row + 1) * linear.outputs());
        }
        return new KernelCheck(error(linear, weights, taken, together), invariant);
    }

    /** What {@code rows} rows of x from {@code first} on give as rows of a prompt. */
    static float[] product(Linear linear, float[] x, int first, int rows, PromptInputs prompts) {
        prompts.shape(linear, rows);
        for (int row = 0; row < rows; row++) {
            prompts.set(row, x, (first + row) * linear.inputs());
        }
        float[] y = new float[rows * linear.outputs()];
        prompts.multiply(y, 0);
        return y;
    }

    /** What {@code rows} rows of x from {@code first} on give, and those of padding. */
    static float[] product(Linear linear, float[] x, int first, int rows, int inputs, KernelThreads threads) {
        var panel = new InputPanel();
        panel.shape(rows, inputs);
        for (int row = 0; row < rows; row++) {
            panel.set(row, x, (first + row) * inputs);
        }
        float[] y = new float[InputPanel.padded(rows) * linear.outputs()];
        linear.multiply(threads, panel, y);
        return y;
    }

    private static double error(Linear linear, List<WeightRows> weights, float[] x, float[] y) {
        double worst = 0;
        double largest = 0;
        int firstOutput = 0;
        for (WeightRows part : weights) {
            float[] weight = new float[part.weight().columns()];
            for (int output = 0; output < Math.min(OUTPUTS, part.order().length); output++) {
                part.weight().dequantise(part.order()[output], 1, MemorySegment.ofArray(weight));
                for (int row = 0; row < ROWS; row++) {
                    double sum = 0;
                    for (int i = 0; i < weight.length; i++) {
                        sum += (double) weight[i] * x[row * weight.length + i];
                    }
                    worst = Math.max(worst, Math.abs(sum - y[row * linear.outputs() + firstOutput + output]));
                    largest = Math.max(largest, Math.abs(sum));
                }
            }
            firstOutput += Math.min(OUTPUTS, part.order().length);
        }
        return largest == 0 ? worst : worst / largest;
    }

    /** Evenly spread over [-2, 2). */
    private static float[] noise(int count) {
        var random = new SplittableRandom(1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (random.nextInt() >> 8) * 0x1p-22f;
        }
        return values;
    }
}
