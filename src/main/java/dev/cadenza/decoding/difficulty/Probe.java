package dev.cadenza.decoding.difficulty;

/**
 * A perceptron with one hidden layer over a model's residual state: {@code softmax(W2 relu(W1 h + b1) + b2)}. It fits one model and one place in its
 * prompts. Computed in double, term by term in order, so that the same state gives the same bits everywhere. Immutable; any thread; callers leave the
 * arrays as they are.
 *
 * @param modelSha256   hex, of the model file that it was trained on
 * @param promptsSha256 hex, of the chat template and the texts of the classes
 * @param firstWeights  [mlp][hidden], finite like all others
 * @param firstBias     [mlp]
 * @param secondWeights [classes][mlp], in order of {@link Difficulty}
 * @param secondBias    [classes]
 * @see "DiffAdapt, arXiv 2510.19669"
 */
public record Probe(String modelSha256, String promptsSha256, float[][] firstWeights, float[] firstBias, float[][] secondWeights,
        float[] secondBias) {
    private static final int CLASSES = Difficulty.values().length;

    /** @throws InvalidProbe sizes do not fit each other, or a number is not finite */
    public Probe {
        firstWeights = copy(firstWeights);
        firstBias = firstBias.clone();
        secondWeights = copy(secondWeights);
        secondBias = secondBias.clone();
        if (firstBias.length == 0 || firstWeights.length != firstBias.length) {
            throw InvalidProbe.key("first.weights", "one row per first bias, and at least one", firstWeights.length + " rows, " + firstBias.length + " biases");
        }
        matrix("first.weights", firstWeights, firstWeights.length, firstWeights[0].length);
        vector("first.bias", firstBias, firstBias.length);
        matrix("second.weights", secondWeights, CLASSES, firstBias.length);
        vector("second.bias", secondBias, CLASSES);
    }

    /** Width of the state that it reads. */
    public int hidden() {
        return firstWeights[0].length;
    }

    /** Width of its own hidden layer. */
    public int mlp() {
        return firstBias.length;
    }

    /**
     * @param state [hidden], as the tap gives it
     * @return by {@link Difficulty#ordinal}, sum 1
     * @throws IllegalArgumentException the state has another width
     */
    public double[] probabilities(float[] state) {
        if (state.length != hidden()) {
            throw new IllegalArgumentException("the probe reads a state of width %d, got %d".formatted(hidden(), state.length));
        }
        double[] middle = new double[mlp()];
        for (int unit = 0; unit < middle.length; unit++) {
            double sum = firstBias[unit];
            float[] weights = firstWeights[unit];
            for (int i = 0; i < state.length; i++) {
                sum += (double) weights[i] * state[i];
            }
            middle[unit] = Math.max(0, sum);
        }
        double[] outputs = new double[CLASSES];
        double greatest = Double.NEGATIVE_INFINITY;
        for (int output = 0; output < CLASSES; output++) {
            double sum = secondBias[output];
            for (int unit = 0; unit < middle.length; unit++) {
                sum += secondWeights[output][unit] * middle[unit];
            }
            outputs[output] = sum;
            greatest = Math.max(greatest, sum);
        }
        return softmax(outputs, greatest);
    }

    private static double[] softmax(double[] outputs, double greatest) {
        double total = 0;
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = StrictMath.exp(outputs[i] - greatest);
            total += outputs[i];
        }
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] /= total;
        }
        return outputs;
    }

    private static float[][] copy(float[][] rows) {
        float[][] copy = new float[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            copy[i] = rows[i].clone();
        }
        return copy;
    }

    private static void matrix(String key, float[][] rows, int height, int width) {
        if (rows.length != height || width == 0) {
            throw InvalidProbe.key(key, height + " rows of at least 1", rows.length + " rows of " + width);
        }
        for (int row = 0; row < height; row++) {
            vector(key + "[" + row + "]", rows[row], width);
        }
    }

    private static void vector(String key, float[] values, int width) {
        if (values.length != width) {
            throw InvalidProbe.key(key, width + " numbers", values.length);
        }
        for (int i = 0; i < width; i++) {
            if (!Float.isFinite(values[i])) {
                throw InvalidProbe.key(key + "[" + i + "]", "finite", values[i]);
            }
        }
    }
}
