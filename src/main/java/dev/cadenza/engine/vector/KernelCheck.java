package dev.cadenza.engine.vector;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What kernels make of a linear, or of attention ({@link AttentionCheck}), held against plain sums in double precision and against themselves.
 *
 * @param error     largest difference of an output from the plain sum, relative to the largest output
 * @param invariant whether each row has the same bits alone as in tiles of every kind
 */
public record KernelCheck(double error, boolean invariant) {
    /** Rows that make a tile of each size of {@link CodeKernel}, one of them padded. */
    private static final int[] FEW = {2, 3, 8};
    /** Tiles of {@link TileKernel}, one of them padded. */
    private static final int ROWS = InputPanel.MANY + 1;
    /** Of each weight: a strip, or some blocks of lanes. With more of them a start has the compiler busy with what takes weights apart for the sums. */
    private static final int OUTPUTS = 32;

    /** Both of them: the worse of each. */
    KernelCheck and(KernelCheck other) {
        return new KernelCheck(Math.max(error, other.error), invariant && other.invariant);
    }

    /**
     * @param weights that the linear was packed from
     * @param inputs  as the decoder multiplies them
     */
    static KernelCheck of(Linear whole, List<WeightRows> weights, LinearInputs inputs) {
        Linear linear = whole.first(OUTPUTS);
        float[] x = noise(ROWS * linear.inputs());
        float[] together = product(linear, x, 0, ROWS, inputs, false);
        boolean invariant = true;
        for (int rows : FEW) {
            float[] few = product(linear, x, 0, rows, inputs, false);
            invariant &= Arrays.equals(few, 0, rows * linear.outputs(), together, 0, rows * linear.outputs());
        }
        invariant &= alone(linear, x, together, inputs, false);
        KernelCheck next = new KernelCheck(error(linear, weights, x, together), invariant);
        return inputs.prefersPrompts(linear) ? next.and(ofPrompts(linear, weights, inputs, x)) : next;
    }

    /** Bytes are held against what they stand for: what is lost to them is no error of the kernels. */
    private static KernelCheck ofPrompts(Linear linear, List<WeightRows> weights, LinearInputs inputs, float[] x) {
        float[] together = product(linear, x, 0, ROWS, inputs, true);
        float[] taken = new float[ROWS * linear.inputs()];
        for (int row = 0; row < ROWS; row++) {
            inputs.get(row, taken, row * linear.inputs());
        }
        return new KernelCheck(error(linear, weights, taken, together), alone(linear, x, together, inputs, true));
    }

    /** Whether each row has the bits that it has alone. */
    private static boolean alone(Linear linear, float[] x, float[] together, LinearInputs inputs, boolean prompts) {
        boolean same = true;
        for (int row = 0; row < ROWS; row++) {
            float[] alone = product(linear, x, row, 1, inputs, prompts);
            same &= Arrays.equals(alone, 0, linear.outputs(), together, row * linear.outputs(), (row + 1) * linear.outputs());
        }
        return same;
    }

    /** What {@code rows} rows of x from {@code first} on give, as rows of a prompt or of next tokens; and those of padding. */
    static float[] product(Linear linear, float[] x, int first, int rows, LinearInputs inputs, boolean prompts) {
        inputs.shape(linear, rows, prompts ? rows : 0);
        for (int row = 0; row < rows; row++) {
            inputs.set(row, x, (first + row) * linear.inputs());
        }
        float[] y = new float[InputPanel.padded(rows) * linear.outputs()];
        inputs.multiply(y);
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
                    double sum = product(weight, x, row * weight.length);
                    worst = Math.max(worst, Math.abs(sum - y[row * linear.outputs() + firstOutput + output]));
                    largest = Math.max(largest, Math.abs(sum));
                }
            }
            firstOutput += Math.min(OUTPUTS, part.order().length);
        }
        return largest == 0 ? worst : worst / largest;
    }

    /** Compiled soon, as it is called often: the loops around it are not. */
    private static double product(float[] weight, float[] x, int at) {
        double sum = 0;
        for (int i = 0; i < weight.length; i++) {
            sum += (double) weight[i] * x[at + i];
        }
        return sum;
    }

    /** Evenly spread over [-2, 2). */
    static float[] noise(int count) {
        var random = new SplittableRandom(1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (random.nextInt() >> 8) * 0x1p-22f;
        }
        return values;
    }
}
