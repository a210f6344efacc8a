package dev.cadenza.cli.probe;

import dev.cadenza.decoding.difficulty.Difficulty;
import java.util.List;

/**
 * The class of a question whose answers are known.
 *
 * @param alpha accuracy from which on, with little entropy, it is normal
 * @param beta  entropy, nats, up to which it is normal
 * @param gamma accuracy below which it is hard, unless it is normal
 * @see "DiffAdapt, arXiv 2510.19669"
 */
record LabellingRule(double alpha, double beta, double gamma) {

    /**
     * Reads beta off the questions themselves: the median entropy of those whose accuracy is alpha or more, so that half of what the model can do
     * counts as done without dithering. Of an even number of questions the lower of the two in the middle.
     *
     * @throws IllegalArgumentException there is no question of that accuracy
     */
    static LabellingRule readOff(double alpha, double gamma, List<Measured> questions) {
        double[] entropies = questions.stream().filter(question -> question.accuracy() >= alpha).mapToDouble(Measured::entropy).sorted().toArray();
        if (entropies.length == 0) {
            throw new IllegalArgumentException("no question has an accuracy of --alpha %s or more: lower it, or ask easier questions".formatted(alpha));
        }
        return new LabellingRule(alpha, entropies[(entropies.length - 1) / 2], gamma);
    }

    /** Normal goes before hard. */
    Difficulty label(double accuracy, double entropy) {
        if (accuracy >= alpha && entropy <= beta) {
            return Difficulty.NORMAL;
        }
        return accuracy < gamma ? Difficulty.HARD : Difficulty.EASY;
    }
}
