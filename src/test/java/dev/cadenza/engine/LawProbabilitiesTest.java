package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LawProbabilitiesTest {
    private static final int VOCABULARY = 25;

    @Test
    void equalsTheNaiveLawOnRandomRowsAndLaws() {
        for (long seed = 0; seed < 5_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            // Few distinct values, so that ties occur, or many.
            float[] row = row(random, random.nextBoolean() ? 4 : 1_000);
            float[] before = row.clone();
            Law law = law(random);

            double[] p = LawProbabilities.of(row, law);

            double[] expected = ReferenceLaw.probabilities(row, law);
            assertThat(p).as("seed %d, %s", seed, law).containsExactly(expected, within(1e-12));
            for (int id = 0; id < VOCABULARY; id++) {
                assertThat(p[id] > 0).as("seed %d, token %d is kept", seed, id).isEqualTo(expected[id] > 0);
            }
            assertThat(DoubleStream.of(p).sum()).as("seed %d", seed).isCloseTo(1, within(1e-12));
            assertThat(row).as("the logits are only read").isEqualTo(before);
        }
    }

    @Test
    void whatIsDrawnHasAProbabilityAndWhatIsCutIsNeverDrawn() {
        for (long seed = 0; seed < 2_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            float[] row = row(random, 4);
            Law law = law(random);
            float[] edited = row.clone();
            law.edits().apply(edited);
            double temperature = law.greedy() ? 1 : law.temperature();
            double sum = IntStream.range(0, VOCABULARY).mapToDouble(id -> Math.exp(edited[id] / temperature)).sum();
            Candidates all = new Candidates(IntStream.range(0, VOCABULARY).toArray(), edited, 0, VOCABULARY, Math.log(sum), edited::clone);

            int token = new CandidateDraw(VOCABULARY).draw(law, new Draw(seed, 0, 0, 0), all);

            assertThat(LawProbabilities.of(row, law)[token]).as("seed %d, %s", seed, law).isPositive();
        }
    }

    @Test
    void amongEquallyLikelyTokensTheLowestIdsStay() {
        float[] row = {0, 2, 2, -1, 2, 2};

        assertThat(LawProbabilities.of(row, Law.GREEDY)).containsExactly(0, 1, 0, 0, 0, 0);
        assertThat(LawProbabilities.of(row, new Law(1, 3, 1, 0, LogitEdits.NONE))).containsExactly(0, 1 / 3.0, 1 / 3.0, 0, 1 / 3.0, 0);
        assertThat(LawProbabilities.of(row, new Law(1, 4, 0.5f, 0, LogitEdits.NONE))).containsExactly(0, 0.5, 0.5, 0, 0, 0);
        assertThat(LawProbabilities.of(row, new Law(1, 0, 1, 1, LogitEdits.NONE))).containsExactly(0, 0.25, 0.25, 0, 0.25, 0.25);
    }

    @Test
    void bannedTokensAndBothZeros() {
        float[] row = {-0f, Float.NEGATIVE_INFINITY, 0f, Float.NEGATIVE_INFINITY};

        assertThat(LawProbabilities.of(row, new Law(1, 0, 1, 0, LogitEdits.NONE))).containsExactly(0.5, 0, 0.5, 0);
        assertThat(LawProbabilities.of(row, new Law(1, 3, 0.9f, 0, LogitEdits.NONE))).containsExactly(0.5, 0, 0.5, 0);
        assertThat(LawProbabilities.of(row, Law.GREEDY)).containsExactly(1, 0, 0, 0);
    }

    private static float[] row(SplittableRandom random, int steps) {
        float[] row = new float[VOCABULARY];
        for (int id = 0; id < VOCABULARY; id++) {
            row[id] = (random.nextInt(2 * steps + 1) - steps) * 4f / steps;
        }
        return row;
    }

    private static Law law(SplittableRandom random) {
        int[] tokens = random.ints(0, VOCABULARY).distinct().limit(random.nextInt(4)).toArray();
        float[] divisors = new float[tokens.length];
        float[] addends = new float[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            divisors[i] = random.nextBoolean() ? 1 : 1.3f;
            addends[i] = random.nextInt(-4, 5) / 2f;
        }
        return new Law(random.nextInt(8) == 0 ? 0 : 0.1f + random.nextFloat() * 1.9f, random.nextBoolean() ? 0 : 1 + random.nextInt(30),
                random.nextBoolean() ? 1 : 0.01f + 0.99f * random.nextFloat(), random.nextBoolean() ? 0 : random.nextFloat(),
                new LogitEdits(tokens, divisors, addends));
    }
}
