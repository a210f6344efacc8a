package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateKernelTest {
    private static final float[] INTERESTING = {0, -0f, 1, -1, 88.7f, 89, 90, -87.3f, -88, -103.9f, -104, -105, 1e30f, -1e30f, Float.MIN_VALUE,
            Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};

    @BeforeEach
    void machineCodeRunsHere() {
        assumeTrue(IntegerProducts.find().isPresent());
    }

    @ParameterizedTest
    @ValueSource(ints = {1_536, 64, 21, 8, 5})
    void rowsHaveTheBitsOfPlainJava(int width) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            // given
            int before = random.nextInt(20);
            float[] gateUp = new float[before + 2 * width + 3];
            for (int i = 0; i < gateUp.length; i++) {
                gateUp[i] = random.nextInt(10) == 0 ? INTERESTING[random.nextInt(INTERESTING.length)] : (float) (random.nextGaussian() * 20);
            }
            float[] expected = new float[before + width + 2];
            float[] actual = new float[before + width + 2];

            // when
            for (int i = 0; i < width; i++) {
                float gate = gateUp[before + i];
                expected[before + 1 + i] = gate / (RowKernels.exp(-gate) + 1) * gateUp[before + width + i];
            }
            RowCode.gate(gateUp, before, width, actual, before + 1);

            // then
            for (int i = 0; i < expected.length; i++) {
                // Java has one NaN, the processor many.
                assertThat(Float.floatToIntBits(actual[i])).as("seed %d, %d: %s for %s", seed, i, actual[i], expected[i]).isEqualTo(Float.floatToIntBits(expected[i]));
            }
        }
    }
}
