package dev.cadenza.cli.probe;

import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Probe;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** How often a question of one class was taken for another: [class that it has][class that it was given], both by ordinal. */
record Confusion(int[][] counts) {
    private static final int CLASSES = Difficulty.values().length;

    static Confusion of(List<Example> examples, Function<float[], Difficulty> classifier) {
        int[][] counts = new int[CLASSES][CLASSES];
        examples.forEach(example -> counts[example.label().ordinal()][classifier.apply(example.state()).ordinal()]++);
        return new Confusion(counts);
    }

    /** By the likeliest class, the first of equals. */
    static Confusion of(List<Example> examples, Probe probe) {
        return of(examples, state -> likeliest(probe.probabilities(state)));
    }

    private static Difficulty likeliest(double[] probabilities) {
        int best = 0;
        for (int i = 1; i < CLASSES; i++) {
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        return Difficulty.values()[best];
    }

    int count() {
        return Arrays.stream(counts).flatMapToInt(Arrays::stream).sum();
    }

    /** Share that was given its own class; of none: 0. */
    double accuracy() {
        int right = 0;
        for (int i = 0; i < CLASSES; i++) {
            right += counts[i][i];
        }
        return share(right, count());
    }

    /** Mean over the classes of the harmonic mean of precision and recall, which is 0 for a class that was never rightly given. */
    double macroF1() {
        double sum = 0;
        for (int i = 0; i < CLASSES; i++) {
            int given = 0;
            int had = 0;
            for (int j = 0; j < CLASSES; j++) {
                given += counts[j][i];
                had += counts[i][j];
            }
            sum += share(2 * counts[i][i], given + had);
        }
        return sum / CLASSES;
    }

    private static double share(int part, int whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }
}
