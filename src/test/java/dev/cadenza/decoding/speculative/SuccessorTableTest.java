package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.decoding.speculative.Successors.Basis;
import dev.cadenza.engine.Sampled;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SuccessorTableTest {
    private static final int VOCABULARY = 40;

    @Test
    void aSeenRowIsWrittenAndNoOther() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            SuccessorTable table = random(random);
            List<Successors> before = IntStream.range(0, VOCABULARY).mapToObj(table::of).toList();
            Set<Integer> seen = new HashSet<>();
            for (int i = 0; i < 5; i++) {
                int token = random.nextInt(VOCABULARY);
                int[] top = distinct(random, 12);
                table.saw(token, named(0.5, top));
                seen.add(token);
                assertThat(table.of(token).tokens()).as("seed %d", seed).containsExactly(Arrays.copyOf(top, 8));
            }

            for (int token = 0; token < VOCABULARY; token++) {
                if (!seen.contains(token)) {
                    assertThat(table.of(token)).as("seed %d, token %d", seed, token).isSameAs(before.get(token));
                }
            }
        }
    }

    @Test
    void nothingIsKnownAtFirst() {
        SuccessorTable table = new SuccessorTable(VOCABULARY);

        assertThat(IntStream.range(0, VOCABULARY).mapToObj(table::of)).allMatch(successors -> !successors.known());
    }

    @Test
    void promptPairsFillOnlyRowsThatTheModelHasNotNamedLatestFirst() {
        SuccessorTable table = new SuccessorTable(VOCABULARY);
        table.saw(5, named(0.5, 6, 7));

        table.warmUp(new int[] {1, 2, 1, 3, 1, 2, 5, 9});

        assertThat(table.of(1).tokens()).containsExactly(2, 3);
        assertThat(table.of(1).basis()).isEqualTo(Basis.SEVERAL_IN_PROMPT);
        assertThat(table.of(2).tokens()).containsExactly(5, 1);
        assertThat(table.of(3).tokens()).containsExactly(1);
        assertThat(table.of(3).basis()).isEqualTo(Basis.ONE_IN_PROMPT);
        assertThat(table.of(5).tokens()).containsExactly(6, 7);
        assertThat(table.of(9).known()).isFalse();
        table.saw(1, named(0.95, 8));
        assertThat(table.of(1).tokens()).containsExactly(8);
    }

    @Test
    void promptRowsHoldTheLatestEightFollowers() {
        SuccessorTable table = new SuccessorTable(VOCABULARY);

        table.warmUp(IntStream.range(10, 24).flatMap(token -> IntStream.of(1, token)).toArray());

        assertThat(table.of(1).tokens()).containsExactly(23, 22, 21, 20, 19, 18, 17, 16);
        table.warmUp(new int[] {1, 18});
        assertThat(table.of(1).tokens()).containsExactly(18, 23, 22, 21, 20, 19, 17, 16);
    }

    @Test
    void theModelsOwnTrustIsTheBasis() {
        SuccessorTable table = new SuccessorTable(VOCABULARY);
        double[] probabilities = {0.02, 0.29, 0.31, 0.59, 0.61, 0.89, 0.91, 1};
        for (int token = 0; token < probabilities.length; token++) {
            table.saw(token, named(probabilities[token], 1, 2));
        }

        assertThat(IntStream.range(0, 8).mapToObj(token -> table.of(token).basis())).containsExactly(Basis.UP_TO_30_PERCENT, Basis.UP_TO_30_PERCENT,
                Basis.UP_TO_60_PERCENT, Basis.UP_TO_60_PERCENT, Basis.UP_TO_90_PERCENT, Basis.UP_TO_90_PERCENT, Basis.ABOVE, Basis.ABOVE);
    }

    @Test
    void learnedOddsComeTrueFollowAChangeAndNeverSumToMoreThanOne() {
        double[] share = {0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0, 0.01};
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            SuccessorOdds odds = new SuccessorOdds();
            double others = odds.of(Basis.ABOVE, true, 0);

            for (int i = 0; i < 3000; i++) {
                odds.learn(Basis.ABOVE, false, drawn(random, share));
                assertThat(sum(odds)).as("seed %d", seed).isLessThanOrEqualTo(1 + 1e-9);
            }

            // A mean over about 500 fading events has a standard deviation of at most 0.016.
            for (int rank = 0; rank < share.length; rank++) {
                assertThat(odds.of(Basis.ABOVE, false, rank)).as("seed %d, rank %d", seed, rank).isCloseTo(share[rank], within(0.08));
            }
            assertThat(odds.of(Basis.ABOVE, true, 0)).isEqualTo(others);
            for (int i = 0; i < 2000; i++) {
                odds.learn(Basis.ABOVE, false, -1);
            }
            assertThat(sum(odds)).as("seed %d", seed).isLessThan(0.05);
        }
    }

    @Test
    void firstGuessesFallWithTheRankAndSumToLessThanOne() {
        SuccessorOdds odds = new SuccessorOdds();
        for (Basis basis : Basis.values()) {
            double sum = odds.of(basis, false, 0);
            for (int rank = 1; rank < Successors.MOST; rank++) {
                assertThat(odds.of(basis, false, rank)).isPositive().isLessThan(odds.of(basis, false, rank - 1));
                sum += odds.of(basis, false, rank);
            }
            assertThat(sum).isLessThan(1);
        }
    }

    /** A table with some rows named by the model, some from prompts and some empty. */
    static SuccessorTable random(Random random) {
        SuccessorTable table = new SuccessorTable(VOCABULARY);
        table.warmUp(random.ints(30, 0, VOCABULARY).toArray());
        for (int i = 0; i < 20; i++) {
            table.saw(random.nextInt(VOCABULARY), named(random.nextDouble(), distinct(random, 8)));
        }
        return table;
    }

    static Sampled named(double probability, int... top) {
        float[] logprobs = new float[top.length];
        Arrays.fill(logprobs, -9);
        logprobs[0] = (float) Math.log(probability);
        return new Sampled(0, top[0], logprobs[0], top, logprobs);
    }

    private static int[] distinct(Random random, int count) {
        return random.ints(0, VOCABULARY).distinct().limit(count).toArray();
    }

    private static int drawn(Random random, double[] share) {
        double left = random.nextDouble();
        for (int rank = 0; rank < share.length; rank++) {
            left -= share[rank];
            if (left < 0) {
                return rank;
            }
        }
        return -1;
    }

    private static double sum(SuccessorOdds odds) {
        return IntStream.range(0, Successors.MOST).mapToDouble(rank -> odds.of(Basis.ABOVE, false, rank)).sum();
    }
}
