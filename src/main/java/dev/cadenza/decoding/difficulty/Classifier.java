package dev.cadenza.decoding.difficulty;

/** How hard a question is, by the model's state behind it. Any thread. */
@FunctionalInterface
public interface Classifier {

    /**
     * @param state residual state behind the last layer, before the final norm, of the stem's last token: [hidden]
     * @return by {@link Difficulty#ordinal}, sum 1
     */
    double[] probabilities(float[] state);
}
