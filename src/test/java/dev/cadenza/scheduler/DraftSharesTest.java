package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.StepCosts;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DraftSharesTest {
    private static final StepCosts FREE = _ -> 1;
    private static final StepCosts EVERY_ROW_COSTS_THE_SAME = rows -> rows;
    private static final StepCosts TENTH = rows -> 0.9 + 0.1 * rows;

    @Test
    void whereRowsAreFreeAllPromisingOnesAreTaken() {
        assertThat(DraftShares.of(List.of(new double[] {0.9, 0.8, 0.7}, new double[] {0.1}), 10, FREE)).containsExactly(3, 1);
        assertThat(DraftShares.of(List.of(new double[] {0.9, 0.8, 0.7}, new double[] {0.5}), 2, FREE)).containsExactly(1, 1);
    }

    @Test
    void whereARowCostsAsMuchAsATokenNobodyDrafts() {
        assertThat(DraftShares.of(List.of(new double[] {0.98, 0.96}), 10, EVERY_ROW_COSTS_THE_SAME)).containsExactly(0);
    }

    @Test
    void aSequenceThatIsAloneDraftsAsLongAsItGetsFaster() {
        double[] certain = chain(0.95, 30);

        int alone = DraftShares.of(List.of(certain), 30, TENTH)[0];

        assertThat(alone).isBetween(10, 20);
        assertThat(DraftShares.of(List.of(chain(0.05, 30)), 30, TENTH)[0]).isZero();
    }

    @Test
    void inAWideBatchOneSequencesDraftsDoNotSlowTheOthers() {
        double[] certain = chain(0.95, 30);
        List<double[]> oneOfEight = IntStream.range(0, 8).mapToObj(i -> i == 0 ? certain : new double[0]).toList();

        assertThat(IntStream.of(DraftShares.of(oneOfEight, 30, TENTH)).sum()).as("one row doubles its speed and costs the others 6 %").isOne();
        assertThat(DraftShares.of(oneOfEight, 30, EVERY_ROW_COSTS_THE_SAME)).containsOnly(0);
        assertThat(IntStream.of(DraftShares.of(Collections.nCopies(8, certain), 30, TENTH)).sum()).as("all of them profit").isGreaterThan(8);
    }

    @Test
    void aStepOfTheCostsIsCrossedWhenWhatLiesBehindPaysForIt() {
        // Rows come in pairs.
        StepCosts pairs = rows -> 0.8 + 0.1 * (rows + rows % 2);

        assertThat(DraftShares.of(List.of(chain(0.8, 8)), 8, pairs)[0] % 2).as("the second of a pair is free").isOne();
        assertThat(DraftShares.of(List.of(new double[0], new double[] {0.15, 0.15}), 8, pairs)).containsExactly(0, 0);
        assertThat(DraftShares.of(List.of(new double[0], new double[] {0.3, 0.3}), 8, pairs)).containsExactly(0, 2);
    }

    @Test
    void noSharesBeatTheOnesGiven() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<double[]> prospects = List.of(chain(random.nextDouble(), random.nextInt(4)), chain(random.nextDouble(), random.nextInt(4)));
            double row = 0.3 * random.nextDouble();
            StepCosts costs = rows -> 1 + row * rows;
            int[] shares = DraftShares.of(prospects, 5, costs);
            double given = speed(prospects, shares, costs);
            for (int a = 0; a <= prospects.get(0).length; a++) {
                for (int b = 0; b <= Math.min(5 - a, prospects.get(1).length); b++) {
                    assertThat(speed(prospects, new int[] {a, b}, costs)).as("seed %d, %d and %d", seed, a, b).isLessThan(given + 0.0401);
                }
            }
        }
    }

    private static double speed(List<double[]> prospects, int[] shares, StepCosts costs) {
        double speed = 0;
        for (int i = 0; i < shares.length; i++) {
            double tokens = 1;
            for (int j = 0; j < shares[i]; j++) {
                tokens += prospects.get(i)[j];
            }
            speed += Math.log(tokens / costs.of(shares.length + IntStream.of(shares).sum()));
        }
        return speed;
    }

    private static double[] chain(double chance, int length) {
        double[] chances = new double[length];
        for (int i = 0; i < length; i++) {
            chances[i] = Math.pow(chance, i + 1);
        }
        return chances;
    }
}
