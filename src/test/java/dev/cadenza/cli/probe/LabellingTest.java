package dev.cadenza.cli.probe;

import static dev.cadenza.decoding.difficulty.Difficulty.EASY;
import static dev.cadenza.decoding.difficulty.Difficulty.HARD;
import static dev.cadenza.decoding.difficulty.Difficulty.NORMAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LabellingTest {
    private static final LabellingRule RULE = new LabellingRule(0.5, 1.0, 0.2);

    @Test
    void labelFollowsTheTruthTable() {
        assertThat(RULE.label(0.9, 0.4)).isEqualTo(NORMAL);
        assertThat(RULE.label(0.9, 1.4)).as("right but dithering").isEqualTo(EASY);
        assertThat(RULE.label(0.3, 0.4)).as("neither").isEqualTo(EASY);
        assertThat(RULE.label(0.3, 1.4)).isEqualTo(EASY);
        assertThat(RULE.label(0.1, 0.4)).isEqualTo(HARD);
        assertThat(RULE.label(0.1, 1.4)).isEqualTo(HARD);
    }

    @Test
    void bordersBelongWhereThePaperPutsThem() {
        assertThat(RULE.label(0.5, 1.0)).as("accuracy alpha, entropy beta").isEqualTo(NORMAL);
        assertThat(RULE.label(Math.nextDown(0.5), 1.0)).isEqualTo(EASY);
        assertThat(RULE.label(0.5, Math.nextUp(1.0))).isEqualTo(EASY);
        assertThat(RULE.label(0.2, 0.1)).as("accuracy gamma").isEqualTo(EASY);
        assertThat(RULE.label(Math.nextDown(0.2), 0.1)).isEqualTo(HARD);
    }

    @Test
    void normalGoesBeforeHard() {
        assertThat(new LabellingRule(0.3, 1, 0.6).label(0.4, 0.5)).isEqualTo(NORMAL);
        assertThat(new LabellingRule(0.3, 1, 0.6).label(0.4, 1.5)).isEqualTo(HARD);
    }

    @Test
    void betaIsTheMedianEntropyOfWhatTheModelCanDo() {
        assertThat(LabellingRule.readOff(0.5, 0.2, List.of(measured(0.9, 3), measured(0.5, 1), measured(0.6, 2), measured(0.4, 0.1))).beta()).isEqualTo(2);
        assertThat(LabellingRule.readOff(0.5, 0.2, List.of(measured(0.9, 3), measured(0.5, 1))).beta()).isEqualTo(1);
        assertThatThrownBy(() -> LabellingRule.readOff(0.5, 0.2, List.of(measured(0.4, 3)))).hasMessageContaining("--alpha 0.5");
    }

    @Test
    void fifthOfEachClassIsHeldOut() {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            examples.add(new Example(new float[] {i}, i < 50 ? EASY : i < 90 ? NORMAL : HARD));
        }
        examples.add(new Example(new float[] {100}, HARD));

        Split split = Split.of(examples, 7);

        assertThat(split.heldOut().stream().filter(example -> example.label() == EASY)).hasSize(10);
        assertThat(split.heldOut().stream().filter(example -> example.label() == NORMAL)).hasSize(8);
        assertThat(split.heldOut().stream().filter(example -> example.label() == HARD)).as("a fifth of 11").hasSize(3);
        assertThat(split.training()).hasSize(80).doesNotContainAnyElementsOf(split.heldOut());
        assertThat(Split.of(examples, 7)).isEqualTo(split);
        assertThat(Split.of(examples, 8)).isNotEqualTo(split);
    }

    @Test
    void metricsAgreeWithAnExampleByHand() {
        // easy: 3 of 4, one taken for hard; normal: 1 of 2, one taken for easy; hard: 2 of 4, two taken for easy
        var confusion = new Confusion(new int[][] {{3, 0, 1}, {1, 1, 0}, {2, 0, 2}});

        assertThat(confusion.count()).isEqualTo(10);
        assertThat(confusion.accuracy()).isEqualTo(0.6);
        // F1: easy 6/10, normal 2/3, hard 4/7
        assertThat(confusion.macroF1()).isCloseTo((0.6 + 2 / 3.0 + 4 / 7.0) / 3, within(1e-12));
    }

    @Test
    void classThatIsNeverGivenHasNoF1() {
        List<Example> examples = List.of(new Example(new float[1], EASY), new Example(new float[1], EASY), new Example(new float[1], HARD));

        Confusion majority = Confusion.of(examples, _ -> EASY);

        assertThat(majority.accuracy()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(majority.macroF1()).isCloseTo(0.8 / 3, within(1e-12));
        assertThat(majority.counts()[HARD.ordinal()]).containsExactly(1, 0, 0);
    }

    @Test
    void foldedWeightsDoOnStatesWhatTheOthersDoOnScaledOnes() {
        var random = new Random(4);
        List<float[]> states = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            states.add(new float[] {5 + (float) random.nextGaussian(), 100 * (float) random.nextGaussian(), 3});
        }
        Scaling scaling = Scaling.of(states);
        float[][] weights = {{0.5f, -2, 1}};
        float[] bias = {0.25f};

        float[][] folded = scaling.folded(weights);
        float[] foldedBias = scaling.folded(weights, bias);

        for (float[] state : states) {
            assertThat(line(folded[0], foldedBias[0], state)).as("seed 4").isCloseTo(line(weights[0], bias[0], scaling.applied(state)), within(1e-4));
        }
        assertThat(states.stream().mapToDouble(state -> scaling.applied(state)[1]).average().orElseThrow()).isCloseTo(0, within(1e-6));
    }

    private static double line(float[] weights, float bias, float[] state) {
        double sum = bias;
        for (int i = 0; i < state.length; i++) {
            sum += (double) weights[i] * state[i];
        }
        return sum;
    }

    private static Measured measured(double accuracy, double entropy) {
        return new Measured(new Task("a", "k", "q", null, null), accuracy, entropy, 1, new float[0]);
    }
}
