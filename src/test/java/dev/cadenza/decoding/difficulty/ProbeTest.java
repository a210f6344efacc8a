package dev.cadenza.decoding.difficulty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ProbeTest {
    /** Looks at the first number alone: below -1 hard, above 1 easy, between them normal. */
    private static final Probe BY_FIRST_NUMBER = new Probe("model", "prompts", new float[][] {{1, 0}, {-1, 0}}, new float[] {0, 0},
            new float[][] {{4, 0}, {0, 0}, {0, 4}}, new float[] {0, 4, 0});

    @Test
    void handMadeWeightsGiveKnownClasses() {
        assertThat(BY_FIRST_NUMBER.probabilities(new float[] {3, 9})).satisfies(p -> assertThat(p[Difficulty.EASY.ordinal()]).isGreaterThan(0.99));
        assertThat(BY_FIRST_NUMBER.probabilities(new float[] {0, -9})).satisfies(p -> assertThat(p[Difficulty.NORMAL.ordinal()]).isGreaterThan(0.95));
        assertThat(BY_FIRST_NUMBER.probabilities(new float[] {-3, 0})).satisfies(p -> assertThat(p[Difficulty.HARD.ordinal()]).isGreaterThan(0.99));
    }

    @Test
    void probabilitiesAreTheSoftmaxOfTheOutputs() {
        double[] p = BY_FIRST_NUMBER.probabilities(new float[] {0.5f, 7});

        double total = Math.exp(2) + Math.exp(4) + 1;
        assertThat(p).containsExactly(new double[] {Math.exp(2) / total, Math.exp(4) / total, 1 / total}, within(1e-12));
    }

    @Test
    void probabilitiesSumToOneForStatesOfAnySize() {
        var random = new Random(5);
        for (int round = 0; round < 500; round++) {
            float scale = (float) Math.pow(10, random.nextInt(-6, 7));
            double[] p = BY_FIRST_NUMBER.probabilities(new float[] {scale * (float) random.nextGaussian(), scale});
            assertThat(p[0] + p[1] + p[2]).as("seed 5, round %d", round).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void stateOfAnotherWidthIsRefused() {
        assertThatThrownBy(() -> BY_FIRST_NUMBER.probabilities(new float[3])).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("width 2, got 3");
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        float[][] two = {{1, 0}, {0, 1}};
        float[][] classes = {{1, 0}, {0, 0}, {0, 1}};
        assertThatThrownBy(() -> new Probe("m", "p", two, new float[3], classes, new float[3])).isInstanceOf(InvalidProbe.class)
                .hasMessageContaining("`first.weights`");
        assertThatThrownBy(() -> new Probe("m", "p", two, new float[2], two, new float[3])).isInstanceOf(InvalidProbe.class)
                .hasMessageContaining("`second.weights` must be 3 rows");
        assertThatThrownBy(() -> new Probe("m", "p", new float[][] {{1, 0}, {1}}, new float[2], classes, new float[3])).isInstanceOf(InvalidProbe.class)
                .hasMessageContaining("`first.weights[1]` must be 2 numbers, got 1");
        assertThatThrownBy(() -> new Probe("m", "p", two, new float[2], classes, new float[2])).isInstanceOf(InvalidProbe.class)
                .hasMessageContaining("`second.bias` must be 3 numbers, got 2");
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        assertThatThrownBy(() -> new Probe("m", "p", new float[][] {{1, Float.NaN}}, new float[1], new float[3][1], new float[3]))
                .isInstanceOf(InvalidProbe.class).hasMessageContaining("`first.weights[0][1]` must be finite, got NaN");
    }

    @Test
    void classesHaveNamesInSmallLetters() {
        for (Difficulty difficulty : Difficulty.values()) {
            assertThat(Difficulty.ofWire(difficulty.wireName())).isEqualTo(difficulty);
        }
        assertThatThrownBy(() -> Difficulty.ofWire("HARD")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("easy, normal, hard");
    }
}
