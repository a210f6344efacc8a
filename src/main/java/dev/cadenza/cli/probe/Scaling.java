package dev.cadenza.cli.probe;

import java.util.List;

/**
 * Brings each number of a state to mean 0 and deviation 1 over the training set, and the weights that learned on such states back to states as they
 * are.
 *
 * @param mean      [hidden]
 * @param deviation [hidden], above 0; infinite where the number does not count
 */
record Scaling(double[] mean, double[] deviation) {
    /** Of a number, as a share of its mean's size: what varies less is rounding, and does not count. */
    private static final double LEAST_DEVIATION = 1e-6;

    /** @param states at least one, all of one width */
    static Scaling of(List<float[]> states) {
        int hidden = states.getFirst().length;
        double[] mean = new double[hidden];
        double[] deviation = new double[hidden];
        for (int i = 0; i < hidden; i++) {
            for (float[] state : states) {
                mean[i] += state[i];
            }
            mean[i] /= states.size();
            for (float[] state : states) {
                deviation[i] += (state[i] - mean[i]) * (state[i] - mean[i]);
            }
            double own = Math.sqrt(deviation[i] / states.size());
            deviation[i] = own <= LEAST_DEVIATION * Math.abs(mean[i]) ? Double.POSITIVE_INFINITY : own;
        }
        return new Scaling(mean, deviation);
    }

    float[] applied(float[] state) {
        float[] scaled = new float[state.length];
        for (int i = 0; i < state.length; i++) {
            scaled[i] = (float) ((state[i] - mean[i]) / deviation[i]);
        }
        return scaled;
    }

    /** Weights [mlp][hidden] that do on states as they are what {@code weights} do on scaled ones, with {@link #folded(float[][], float[])}. */
    float[][] folded(float[][] weights) {
        float[][] folded = new float[weights.length][mean.length];
        for (int unit = 0; unit < weights.length; unit++) {
            for (int i = 0; i < mean.length; i++) {
                folded[unit][i] = (float) (weights[unit][i] / deviation[i]);
            }
        }
        return folded;
    }

    /** The biases [mlp] that go with the folded weights. */
    float[] folded(float[][] weights, float[] bias) {
        float[] folded = new float[bias.length];
        for (int unit = 0; unit < bias.length; unit++) {
            double sum = bias[unit];
            for (int i = 0; i < mean.length; i++) {
                sum -= weights[unit][i] * mean[i] / deviation[i];
            }
            folded[unit] = (float) sum;
        }
        return folded;
    }
}
