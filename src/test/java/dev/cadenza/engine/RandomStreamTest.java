package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
    /** Changing it changes every answer that a client has pinned by a seed. */
    private static final long KEY_OF_ZEROS = 2391539541053276776L;
    private static final double UNIFORM = 0.9669961928911773;

    @Test
    void numbersAreTheSameForEver() {
        assertThat(RandomStream.key(new Draw(0, 0, 0, 0))).isEqualTo(KEY_OF_ZEROS);
        assertThat(RandomStream.uniform(KEY_OF_ZEROS, 1000)).isEqualTo(UNIFORM);
    }

    @Test
    void everyFieldOfTheNameMatters() {
        Set<Long> keys = new HashSet<>();
        for (int seed = -3; seed <= 3; seed++) {
            for (int choice = 0; choice < 7; choice++) {
                for (int position = 0; position < 7; position++) {
                    for (int trial = 0; trial < 7; trial++) {
                        keys.add(RandomStream.key(new Draw(seed, choice, position, trial)));
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
            bySeed[(int) (cells * RandomStream.uniform(RandomStream.key(new Draw(i, 0, 0, 0)), 0))]++;
            byPosition[(int) (cells * RandomStream.uniform(RandomStream.key(new Draw(1, 0, i, 0)), 0))]++;
            byToken[(int) (cells * RandomStream.uniform(1, i))]++;
        }

        // Odds of a false alarm: one in a million each.
        assertThat(ChiSquare.deviate(bySeed, law)).isLessThan(4.75);
        assertThat(ChiSquare.deviate(byPosition, law)).isLessThan(4.75);
        assertThat(ChiSquare.deviate(byToken, law)).isLessThan(4.75);
    }

    @Test
    void uniformsNeverReachTheEndsOfTheInterval() {
        for (int i = 0; i < 1_000_000; i++) {
            assertThat(RandomStream.uniform(i, 1) > 0 && RandomStream.uniform(i, 1) < 1).isTrue();
        }
        assertThat(((-1L >>> 12) + 0.5) * 0x1p-52).as("the greatest").isLessThan(1);
    }
}
