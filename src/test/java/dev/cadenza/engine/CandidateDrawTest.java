package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidateDrawTest {
    /** Odds of a false alarm, per law: one in a million. */
    private static final double ALARM = 4.75;
    private static final int DRAWS = 20_000;
    private static final List<Law> LAWS = List.of(law(1, 0, 1, 0), law(0.7f, 0, 1, 0), law(1.5f, 3, 1, 0), law(1, 9, 1, 0), law(1, 0, 0.5f, 0),
            law(1.3f, 0, 0.95f, 0), law(1, 0, 1, 0.1f), law(2, 0, 1, 0.01f), law(1, 9, 0.9f, 0), law(1.2f, 10, 0.97f, 0.05f), law(1, 2, 0.99f, 0.5f),
            law(1, 50, 1, 0), law(0.1f, 0, 1, 0));

    @Test
    void drawsFollowTheLawHoweverFewCandidatesAreListed() {
        float[] row = randomRow(new SplittableRandom(7), 12);
        for (Law law : LAWS) {
            double[] expected = ReferenceLaw.probabilities(row, law);
            for (int count : new int[] {1, 4, 8, 12}) {
                int[] counts = counts(row, law, count, 0);

                assertThat(ChiSquare.deviate(counts, expected)).as("%s, %d candidates, odds 1e-6", law, count).isLessThan(ALARM);
            }
        }
    }

    @Test
    void theTestOfTheLawNoticesASmallError() {
        float[] row = randomRow(new SplittableRandom(7), 12);

        int[] tooHot = counts(row, law(1.1f, 0, 1, 0), 4, 0);
        int[] tailForgotten = counts(row, law(1, 0, 1, 0), 4, Math.log1p(-0.05));

        double[] expected = ReferenceLaw.probabilities(row, law(1, 0, 1, 0));
        assertThat(ChiSquare.deviate(tooHot, expected)).isGreaterThan(ALARM);
        assertThat(ChiSquare.deviate(tailForgotten, expected)).isGreaterThan(ALARM);
    }

    @Test
    void fetchedRowNeverChangesTheDrawOfAnUnlistedToken() {
        SplittableRandom random = new SplittableRandom(11);
        CandidateDraw warm = new CandidateDraw(40);
        for (int round = 0; round < 5_000; round++) {
            float[] row = randomRow(random, 40);
            Law law = LAWS.get(random.nextInt(LAWS.size()));
            Draw draw = new Draw(random.nextLong(), random.nextInt(4), random.nextInt(100), 0);
            int count = 1 + random.nextInt(40);

            int first = warm.draw(law, draw, candidates(row, count, law, () -> row));
            int again = new CandidateDraw(40).draw(law, draw, shuffled(random, candidates(row, count, law, row::clone)));

            assertThat(again).as("round %d, %s, %s", round, law, draw).isEqualTo(first);
            assertThat(ReferenceLaw.probabilities(row, law)[first]).isPositive();
        }
    }

    @Test
    void lawThatEndsWithinTheCandidatesDrawsTheSameFromAnyNumberOfThem() {
        SplittableRandom random = new SplittableRandom(13);
        CandidateDraw sampler = new CandidateDraw(40);
        Law law = law(1.4f, 6, 0.9f, 0.02f);
        for (int round = 0; round < 2_000; round++) {
            float[] row = randomRow(random, 40);
            Draw draw = new Draw(round, 0, 3, 0);

            int fromFew = sampler.draw(law, draw, candidates(row, 6, law, neverFetched()));
            int fromAll = sampler.draw(law, draw, candidates(row, 40, law, neverFetched()));

            assertThat(fromFew).isEqualTo(fromAll);
        }
    }

    @Test
    void drawIsTheGumbelMaxOverWhatTheLawKeeps() {
        SplittableRandom random = new SplittableRandom(17);
        CandidateDraw sampler = new CandidateDraw(30);
        for (int round = 0; round < 5_000; round++) {
            float[] row = randomRow(random, 30);
            Law law = LAWS.get(random.nextInt(LAWS.size()));
            long key = RandomStream.key(new Draw(round, 1, 2, 0));
            double[] p = ReferenceLaw.probabilities(row, law);

            int expected = IntStream.range(0, 30).filter(id -> p[id] > 0).boxed().max(Comparator.comparingDouble(
                    id -> row[id] / law.temperature() - Math.log(-Math.log(RandomStream.uniform(key, id))))).orElseThrow();

            assertThat(sampler.draw(law, new Draw(round, 1, 2, 0), candidates(row, 30, law, neverFetched()))).as("round %d, %s", round, law)
                    .isEqualTo(expected);
        }
    }

    @Test
    void greedyTakesTheLowestIdAmongTheMostLikely() {
        float[] row = {1, 3, -0.5f, 3, 3, -2};

        int token = new CandidateDraw(6).draw(Law.GREEDY, new Draw(1, 0, 0, 0), candidates(row, 3, Law.GREEDY, neverFetched()));

        assertThat(token).isEqualTo(1);
    }

    @Test
    void wholeRowIsFetchedAtMostOnceAndOnlyAsOftenAsTheTailWins() {
        float[] row = randomRow(new SplittableRandom(5), 300);
        Law law = law(1, 0, 1, 0);
        double[] p = ReferenceLaw.probabilities(row, law);
        AtomicInteger fetches = new AtomicInteger();
        CandidateDraw sampler = new CandidateDraw(300);
        Candidates few = candidates(row, 200, law, () -> {
            fetches.incrementAndGet();
            return row;
        });

        IntStream.range(0, DRAWS).forEach(seed -> sampler.draw(law, new Draw(seed, 0, 0, 0), few));

        double tail = IntStream.range(200, 300).mapToDouble(i -> p[byLikelihood(row)[i]]).sum();
        double sigma = Math.sqrt(tail * (1 - tail) * DRAWS);
        assertThat((double) fetches.get()).as("5 sigma").isBetween(tail * DRAWS - 5 * sigma, tail * DRAWS + 5 * sigma);
    }

    @Test
    void bannedTokensAreNeverDrawn() {
        float[] row = {0, Float.NEGATIVE_INFINITY, 0, Float.NEGATIVE_INFINITY};

        int[] counts = counts(row, law(1, 0, 1, 0), 2, 0);

        assertThat(counts[1] + counts[3]).isZero();
    }

    private static int[] counts(float[] row, Law law, int count, double errorOfLogSumExp) {
        int[] counts = new int[row.length];
        CandidateDraw sampler = new CandidateDraw(row.length);
        Candidates exact = candidates(row, count, law, () -> row);
        Candidates candidates = new Candidates(exact.ids(), exact.logits(), 0, count, exact.logSumExp() + errorOfLogSumExp, exact.row());
        for (int seed = 0; seed < DRAWS; seed++) {
            counts[sampler.draw(law, new Draw(seed, 0, 17, 0), candidates)]++;
        }
        return counts;
    }

    private static Law law(float temperature, int topK, float topP, float minP) {
        return new Law(temperature, topK, topP, minP, LogitEdits.NONE);
    }

    /** Few distinct values, so that ties occur. */
    private static float[] randomRow(SplittableRandom random, int size) {
        float[] row = new float[size];
        for (int i = 0; i < size; i++) {
            row[i] = random.nextInt(-8, 9) / 4f;
        }
        return row;
    }

    private static int[] byLikelihood(float[] row) {
        return IntStream.range(0, row.length).boxed()
                .sorted(Comparator.<Integer>comparingDouble(id -> -row[id]).thenComparing(Comparator.naturalOrder())).mapToInt(id -> id).toArray();
    }

    private static Candidates candidates(float[] row, int count, Law law, Supplier<float[]> whole) {
        int[] ids = IntStream.of(byLikelihood(row)).limit(count).toArray();
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            logits[i] = row[ids[i]];
        }
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp(logit / (law.greedy() ? 1.0 : law.temperature()));
        }
        return new Candidates(ids, logits, 0, count, Math.log(sum), whole);
    }

    private static Candidates shuffled(SplittableRandom random, Candidates c) {
        int[] ids = c.ids().clone();
        float[] logits = c.logits().clone();
        for (int i = ids.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int id = ids[i];
            ids[i] = ids[j];
            ids[j] = id;
            float logit = logits[i];
            logits[i] = logits[j];
            logits[j] = logit;
        }
        return new Candidates(ids, logits, 0, c.count(), c.logSumExp(), c.row());
    }

    private static Supplier<float[]> neverFetched() {
        return () -> {
            throw new AssertionError("the candidates tell");
        };
    }
}
