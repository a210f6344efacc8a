package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.engine.ChiSquare;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecursiveRejectionTest {
    private static final int LAWS = 3_000;
    private static final int DRAWS = 200_000;
    /** Above it once in a million runs. */
    private static final double SIGNIFICANT = 4.75;

    @Test
    void everyOrderOfCandidatesWeighedByItsChanceGivesTheTargetLaw() {
        for (int seed = 0; seed < LAWS; seed++) {
            Random random = new Random(seed);
            int vocabulary = 2 + random.nextInt(4);
            double[] target = law(random, vocabulary);
            double[] draft = random.nextInt(10) == 0 ? target.clone() : law(random, vocabulary);
            int most = 1 + random.nextInt(4);

            double[] told = new double[vocabulary];
            enumerate(target, draft, new int[0], most, 1, told);

            for (int token = 0; token < vocabulary; token++) {
                assertThat(told[token]).as("seed %d, %d candidates, token %d", seed, most, token).isCloseTo(target[token], within(1e-12));
            }
        }
    }

    @Test
    void oneCandidateIsKeptAsOftenAsTheLawsOverlap() {
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) {
            double[] target = law(random, 5);
            double[] draft = law(random, 5);
            double kept = IntStream.range(0, 5).filter(token -> draft[token] > 0)
                    .mapToDouble(token -> draft[token] * new RecursiveRejection(target, draft).chance(token)).sum();

            assertThat(kept).isCloseTo(IntStream.range(0, 5).mapToDouble(token -> Math.min(target[token], draft[token])).sum(), within(1e-12));
        }
    }

    @Test
    void candidatesOfOneLawAreKeptAndAWholeVocabularyOfThemHoldsTheToken() {
        Random random = new Random(2);
        for (int i = 0; i < 1_000; i++) {
            double[] target = full(random, 5);
            double[] draft = full(random, 5);
            int[] all = RecursiveRejection.candidates(draft, 9, _ -> random.nextDouble());

            assertThat(Arrays.stream(all).sorted()).containsExactly(0, 1, 2, 3, 4);
            assertThat(new RecursiveRejection(target, draft).verify(all, _ -> random.nextDouble())).isNotNegative();
            assertThat(new RecursiveRejection(target, target).verify(all, _ -> 1 - 1e-16)).isZero();
        }
    }

    @Test
    void truncatedDraftLawHasOnlyTheCandidatesThatItKeeps() {
        assertThat(RecursiveRejection.candidates(new double[] {0, 0.25, 0, 0.75}, 4, _ -> 0.999)).containsExactly(3, 1);
        assertThat(RecursiveRejection.draw(new double[] {0, 1, 0}, 1 - 1e-16)).isEqualTo(1);
        assertThat(RecursiveRejection.draw(new double[] {0, 1, 0}, 1e-16)).isEqualTo(1);
    }

    @Test
    void drawnTokensFollowTheTargetLawAndThoseOfABrokenRuleDoNot() {
        double[] target = {0.4, 0.05, 0.2, 0.05, 0.3};
        double[] draft = {0.1, 0.5, 0.05, 0.35, 0};
        Random random = new Random(3);
        int[] right = new int[5];
        int[] chosen = new int[5];
        int[] sameNumbers = new int[5];
        for (int i = 0; i < DRAWS; i++) {
            right[token(target, draft, RecursiveRejection.candidates(draft, 2, numbers(random)), numbers(random), random)]++;
            // The most likely candidates are not draws.
            chosen[token(target, draft, new int[] {1, 3}, numbers(random), random)]++;
            IntToDoubleFunction numbers = numbers(random);
            sameNumbers[token(target, draft, RecursiveRejection.candidates(draft, 2, numbers), numbers, random)]++;
        }

        assertThat(ChiSquare.deviate(right, target)).isLessThan(SIGNIFICANT);
        assertThat(ChiSquare.deviate(chosen, target)).isGreaterThan(SIGNIFICANT);
        assertThat(ChiSquare.deviate(sameNumbers, target)).isGreaterThan(SIGNIFICANT);
    }

    private static int token(double[] target, double[] draft, int[] candidates, IntToDoubleFunction verdicts, Random random) {
        RecursiveRejection rejection = new RecursiveRejection(target, draft);
        int kept = rejection.verify(candidates, verdicts);
        return kept >= 0 ? candidates[kept] : RecursiveRejection.draw(rejection.left(), random.nextDouble());
    }

    private static IntToDoubleFunction numbers(Random random) {
        double[] numbers = random.doubles(4).toArray();
        return k -> numbers[k];
    }

    /**
     * Adds to each token's chance that of all ways that begin with these candidates, all rejected.
     *
     * @param before candidates so far
     * @param chance of getting here
     */
    private static void enumerate(double[] target, double[] draft, int[] before, int most, double chance, double[] told) {
        RecursiveRejection rejected = new RecursiveRejection(target, draft);
        double[] left = draft.clone();
        for (int candidate : before) {
            rejected.reject(candidate);
            left[candidate] = 0;
        }
        double mass = Arrays.stream(left).sum();
        if (before.length == most || mass == 0) {
            for (int token = 0; token < told.length; token++) {
                told[token] += chance * rejected.left()[token];
            }
            return;
        }
        for (int next = 0; next < told.length; next++) {
            if (left[next] > 0) {
                double drawn = chance * left[next] / mass;
                double kept = rejected.chance(next);
                told[next] += drawn * kept;
                if (kept < 1) {
                    int[] longer = Arrays.copyOf(before, before.length + 1);
                    longer[before.length] = next;
                    enumerate(target, draft, longer, most, drawn * (1 - kept), told);
                }
            }
        }
    }

    /** Often truncated. */
    private static double[] law(Random random, int vocabulary) {
        double[] law = full(random, vocabulary);
        if (random.nextBoolean()) {
            int kept = random.nextInt(vocabulary);
            for (int token = 0; token < vocabulary; token++) {
                law[token] = token == kept || random.nextBoolean() ? law[token] : 0;
            }
        }
        double sum = Arrays.stream(law).sum();
        return Arrays.stream(law).map(p -> p / sum).toArray();
    }

    private static double[] full(Random random, int vocabulary) {
        double[] law = random.doubles(vocabulary).map(u -> Math.exp(4 * u)).toArray();
        double sum = Arrays.stream(law).sum();
        return Arrays.stream(law).map(p -> p / sum).toArray();
    }
}
