package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.StepCosts;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MeasuredStepCostsTest {

    @Test
    void costsAreGuessedUntilAllAreMeasuredAndNeverFallWithTheRows() {
        ToyEngine engine = new ToyEngine(ToyEngine.shape(10, 100, 100), 1, ToyEngine.Faults.NONE);
        MeasuredStepCosts costs = new MeasuredStepCosts(engine);

        assertThat(costs.of(7)).isEqualTo(StepCosts.UNKNOWN.of(7));
        int steps = 0;
        while (!costs.complete()) {
            costs.measureOne();
            steps++;
        }

        assertThat(engine.steps()).isEqualTo(steps).isBetween(20, 100);
        assertThat(engine.kvBytesUsed()).isZero();
        for (int rows = 1; rows < 100; rows++) {
            assertThat(costs.of(rows)).isPositive().isLessThanOrEqualTo(costs.of(rows + 1));
        }
    }

    @Test
    void engineWithoutRoomForTheMeasurementKeepsTheGuess() {
        MeasuredStepCosts costs = new MeasuredStepCosts(new ToyEngine(ToyEngine.shape(10, 100, 4), 1, ToyEngine.Faults.NONE));

        measureAll(costs);

        assertThat(costs.of(20)).isEqualTo(StepCosts.UNKNOWN.of(20));
    }

    @Test
    void failingStepEndsTheMeasurement() {
        ToyEngine engine = new ToyEngine(ToyEngine.shape(10, 100, 100), 1, new ToyEngine.Faults() {
            @Override
            public void before(StepPlan plan) throws StepFailed {
                throw new StepFailed("made to fail", null, Set.of());
            }
        });
        MeasuredStepCosts costs = new MeasuredStepCosts(engine);

        measureAll(costs);

        assertThat(costs.of(20)).isEqualTo(StepCosts.UNKNOWN.of(20));
        assertThat(engine.kvBytesUsed()).isZero();
    }

    @Test
    void whatDraftsReallyAddIsLearnedForStepsOfThatManySequencesOnly() {
        MeasuredStepCosts costs = new MeasuredStepCosts(new ToyEngine(ToyEngine.shape(10, 100, 4), 1, ToyEngine.Faults.NONE));
        double expected = costs.of(8, 8);

        double twice = 1 + 2 * (StepCosts.UNKNOWN.of(16) / StepCosts.UNKNOWN.of(8) - 1);
        for (int i = 0; i < 400; i++) {
            // Noise that would lie if each step were judged by itself: small drafts, large errors.
            costs.observe(8, 0, (long) (1_000_000 * (i % 2 == 0 ? 0.8 : 1.2)));
            costs.observe(8, 8, (long) (1_000_000 * twice * (i % 2 == 0 ? 0.8 : 1.2)));
        }

        assertThat((costs.of(8, 8) - costs.of(8)) / (expected - costs.of(8))).isBetween(1.8, 2.2);
        assertThat(costs.of(7, 0)).isEqualTo(costs.of(7));
        assertThat(costs.of(2, 8)).isEqualTo(costs.of(10));
    }

    @Test
    void oneLongStepDoesNotEndDrafting() {
        MeasuredStepCosts costs = new MeasuredStepCosts(new ToyEngine(ToyEngine.shape(10, 100, 4), 1, ToyEngine.Faults.NONE));

        costs.observe(8, 0, 1_000_000);
        costs.observe(8, 2, 30_000_000);

        assertThat((costs.of(8, 2) - costs.of(8)) / (costs.of(10) - costs.of(8))).isBetween(1.0, 2.0);
    }

    private static void measureAll(MeasuredStepCosts costs) {
        for (int i = 0; i < 1000 && !costs.complete(); i++) {
            costs.measureOne();
        }
        assertThat(costs.complete()).isTrue();
    }
}
