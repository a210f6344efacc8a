package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GumbelStreamTest {
    /** Changing it changes every answer that a client has pinned by a seed. */
    private static final long KEY_OF_ZEROS = 2391539541053276776L;

    @Test
    void numbersAreTheSameForEver() {
        assertThat(GumbelStream.gumbel(new Draw(42, 1, 7, 0), 1000)).isEqualTo(GumbelStream.gumbel(GumbelStream.key(new Draw(42, 1, 7, 0)), 1000));
        assertThat(GumbelStream.key(new Draw(0, 0, 0, 0))).isEqualTo(KEY_OF_ZEROS);
    }

    @Test
    void everyFieldOfTheNameMatters() {
        Set<Long> keys = new HashSet<>();
        for (int seed = -3; seed <= 3; seed++) {
            for (int choice = 0; choice < 7; choice++) {
                for (int position = 0; position < 7; position++) {
                    for (int trial = 0; trial < 7; trial++) {
                        keys.add(GumbelStream.key(new Draw(seed, choice, position, trial)));
                    }
                }
            }
        }

        assertThat(keys).hasSize(7 * 7 * 7 * 7);
    }

    @Test
    void uniformsFillTheUnitIntervalAcrossSeedsPositionsAndTokens() {
        int cells = 64;
        double[] law = new double[cells];
        Arrays.fill(law, 1.0 / cells);
        int[] bySeed = new int[cells];
        int[] byPosition = new int[cells];
        int[] byToken = new int[cells];
        for (int i = 0; i < 100_000; i++) {
            bySeed[(int) (cells * GumbelStream.uniform(GumbelStream.key(new Draw(i, 0, 0, 0)), 0))]++;
            byPosition[(int) (cells * GumbelStream.uniform(GumbelStream.key(new Draw(1, 0, i, 0)), 0))]++;
            byToken[(int) (cells * GumbelStream.uniform(1, i))]++;
        }

        // Odds of a false alarm: one in a million each.
        assertThat(ChiSquare.deviate(bySeed, law)).isLessThan(4.75);
        assertThat(ChiSquare.deviate(byPosition, law)).isLessThan(4.75);
        assertThat(ChiSquare.deviate(byToken, law)).isLessThan(4.75);
    }

    @Test
    void noiseHasTheMeanAndVarianceOfTheGumbelLaw() {
        int draws = 200_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < draws; i++) {
            double noise = GumbelStream.gumbel(new Draw(i, 0, 0, 0), 5);
            sum += noise;
            squares += noise * noise;
        }

        double mean = sum / draws;
        assertThat(mean).as("Euler's constant, 5 sigma").isBetween(0.5772 - 0.0145, 0.5772 + 0.0145);
        assertThat(squares / draws - mean * mean).as("pi^2 / 6").isBetween(1.62, 1.67);
    }
}
