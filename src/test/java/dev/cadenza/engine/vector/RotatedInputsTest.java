package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RotatedInputsTest {
    private static final int WIDTH = 96;

    @BeforeEach
    void registersHaveSixteenLanes() {
        assumeTrue(CodeKernel.LANES == RotatedInputs.BLOCK);
    }

    @Test
    void aRowIsWhatItWasButForHalfAStepOfItsLargestRotatedNumber() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (var inputs = new RotatedInputs()) {
            for (int round = 0; round < 500; round++) {
                float[] row = new float[3 + WIDTH];
                for (int i = 0; i < row.length; i++) {
                    row[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(5) - 2));
                }
                inputs.shape(5, WIDTH);
                inputs.set(4, row, 3);

                float[] taken = new float[WIDTH];
                inputs.get(4, taken, 0);

                for (int group = 0; group < WIDTH / RotatedInputs.GROUP; group++) {
                    double lost = 0;
                    double sum = 0;
                    for (int i = group * RotatedInputs.GROUP; i < (group + 1) * RotatedInputs.GROUP; i++) {
                        lost += Math.pow(taken[i] - row[3 + i], 2);
                        sum += taken[i];
                    }
                    // The matrix over 4 turns without stretching: 32 numbers are off by half a step over 4 each, and rounding.
                    float step = inputs.steps()[4 * inputs.groups() + group];
                    assertThat(Math.sqrt(lost)).as("seed %d", seed).isLessThanOrEqualTo(Math.sqrt(RotatedInputs.GROUP) * step / 8 * 1.001);
                    assertThat((double) inputs.sums()[4 * inputs.groups() + group]).isCloseTo(sum, within(1e-3 * step));
                }
            }
        }
    }

    @Test
    void aGreatNumberDoesNotTakeItsNeighboursAway() {
        try (var inputs = new RotatedInputs()) {
            float[] row = new float[WIDTH];
            row[5] = 100;
            row[6] = 0.39f;
            inputs.shape(1, WIDTH);
            inputs.set(0, row, 0);

            float[] taken = new float[WIDTH];
            inputs.get(0, taken, 0);

            // In bytes by themselves, of steps of 100 / 127, it would be 0.79 or nothing.
            assertThat(taken[6]).isCloseTo(0.39f, within(0.2f));
            assertThat(taken[5]).isCloseTo(100, within(0.2f));
        }
    }

    @Test
    void zerosAndRowsThatAreNotThereAreZeros() {
        try (var inputs = new RotatedInputs()) {
            inputs.shape(1, WIDTH);
            inputs.set(0, new float[WIDTH], 0);

            float[] taken = new float[WIDTH];
            inputs.get(0, taken, 0);

            assertThat(taken).containsOnly(0);
            assertThat(inputs.steps()).hasSize(RotatedInputs.UNIT * inputs.groups()).containsOnly(0);
        }
    }
}
