package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cadenza.model.BlockQuantiser;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LinearTest {
    private static final int MOST_ROWS = 40;

    @ParameterizedTest
    @EnumSource
    void outputsAreTheSumsThatPlainArithmeticGivesAndARowHasItsBitsInAnyCompany(WeightType type) {
        rowsAreMultiplied(type, Optional.empty());
    }

    @ParameterizedTest
    @EnumSource
    void integersHaveTheSumsOfPlainArithmeticAndARowItsBitsInAnyCompany(WeightType type) {
        Optional<IntegerProducts> integers = IntegerProducts.find();
        assumeTrue(integers.isPresent());
        rowsAreMultiplied(type, integers);
    }

    private static void rowsAreMultiplied(WeightType type, Optional<IntegerProducts> integers) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (Arena arena = Arena.ofShared(); var threads = new KernelThreads(2); var taken = new LinearInputs(threads, integers, List.of())) {
            for (int round = 0; round < 3; round++) {
                // given: two weights side by side, rows out of order, numbers of outputs that fill no block
                int inputs = 256 * (1 + random.nextInt(2));
                List<WeightRows> weights = List.of(rows(type, 1 + random.nextInt(170), inputs, random), rows(type, 1 + random.nextInt(20), inputs, random));
                Linear linear = Linear.pack(weights, arena.allocate(Linear.bytes(weights), 64), false);
                float[] x = values(MOST_ROWS * inputs, random);
                assertThat(taken.inIntegers(linear)).isEqualTo(integers.isPresent() && type.codeBits() > 0 && type.group() % (2 * CodeKernel.LANES) == 0);

                for (int rows = 1; rows <= MOST_ROWS; rows++) {
                    // when
                    float[] y = KernelCheck.product(linear, x, 0, rows, taken, false);

                    // then
                    for (int row = 0; row < rows; row++) {
                        float[] alone = KernelCheck.product(linear, x, row, 1, taken, false);
                        assertThat(Arrays.copyOfRange(y, row * linear.outputs(), (row + 1) * linear.outputs())).as("seed %d, row %d of %d", seed, row, rows)
                                .isEqualTo(Arrays.copyOf(alone, linear.outputs()));
                        if (rows == MOST_ROWS) {
                            assertPlain(weights, Arrays.copyOfRange(x, row * inputs, (row + 1) * inputs), alone, "seed " + seed);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void promptsHaveTheSumsOfPlainArithmeticAndARowItsBitsInAnyCompany(WeightType type) {
        FloatProducts found = NativeProducts.required();
        promptsAreMultiplied(type, threads -> new OneDnnPromptInputs(threads, found), false);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K"})
    void promptsInBytesHaveTheSumsOfWhatTheBytesStandFor(WeightType type) {
        assumeTrue(Int8Strip.suits());
        for (boolean dotProducts : Int8KernelTest.instructions()) {
            promptsAreMultiplied(type, threads -> new Int8PromptInputs(threads, dotProducts), true);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.cadenza.engine.vector.Int8KernelTest#instructions")
    void gatedProductsBecomeTheNextLinearsInputsWithoutADetourAsOnIt(boolean dotProducts) {
        assumeTrue(Int8Strip.suits());
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (Arena arena = Arena.ofShared(); var threads = new KernelThreads(2); PromptInputs prompts = new Int8PromptInputs(threads, dotProducts)) {
            for (int trial = 0; trial < 20; trial++) {
                // given
                int inputs = 32 * (1 + random.nextInt(20));
                int inner = 32 * (1 + random.nextInt(20));
                List<WeightRows> weights = List.of(rows(WeightType.Q4_1, inner, inputs, random), rows(WeightType.Q4_0, inner, inputs, random));
                Linear gateUp = Linear.pack(weights, arena.allocate(Linear.bytes(weights), 64), false);
                List<WeightRows> weight = List.of(rows(WeightType.Q4_1, 1 + random.nextInt(100), inner, random));
                Linear down = Linear.pack(weight, arena.allocate(Linear.bytes(weight), 64), false);
                int rows = 1 + random.nextInt(300);
                float[] x = values(rows * inputs, random);
                prompts.shape(gateUp, rows);
                IntStream.range(0, rows).forEach(row -> prompts.set(row, x, row * inputs));
                float[] gated = new float[rows * inner];
                prompts.multiplyGated(new float[rows * 2 * inner], gated, 0);

                // when
                boolean done = prompts.multiplyGated(down);

                // then
                assertThat(done).isTrue();
                float[] y = new float[rows * down.outputs()];
                prompts.multiply(y, 0);
                float[] taken = new float[rows * inner];
                float[] expectedTaken = new float[rows * inner];
                IntStream.range(0, rows).forEach(row -> prompts.get(row, taken, row * inner));
                prompts.shape(down, rows);
                IntStream.range(0, rows).forEach(row -> prompts.set(row, gated, row * inner));
                IntStream.range(0, rows).forEach(row -> prompts.get(row, expectedTaken, row * inner));
                float[] expected = new float[y.length];
                prompts.multiply(expected, 0);
                assertThat(taken).as("inputs, seed %d, %d rows", seed, rows).isEqualTo(expectedTaken);
                assertThat(y).as("outputs, seed %d, %d rows", seed, rows).isEqualTo(expected);
            }
        }
    }

    private static void promptsAreMultiplied(WeightType type, Function<KernelThreads, PromptInputs> inputsOf, boolean inBytes) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        int most = 140;
        var threads = new KernelThreads(2);
        PromptInputs prompts = inputsOf.apply(threads);
        try (Arena arena = Arena.ofShared(); threads; var taken = new LinearInputs(threads, Optional.empty(), List.of(prompts))) {
            // given: more inputs than go at once, numbers of outputs that fill no strip
            int inputs = 256 * (1 + random.nextInt(10));
            int outputs = 1 + random.nextInt(150);
            List<WeightRows> weights = List.of(rows(type, outputs, inputs, random), rows(type, outputs, inputs, random));
            Linear linear = Linear.pack(weights, arena.allocate(Linear.bytes(weights), 64), false);
            float[] x = values(most * inputs, random);
            assertThat(prompts.inBytes(linear)).isEqualTo(inBytes);

            for (int rows : new int[] {1, 2, 7, 33, 64, most}) {
                // when
                float[] y = KernelCheck.product(linear, x, 0, rows, taken, true);
                float[] gated = new float[rows * outputs];
                prompts.multiplyGated(new float[y.length], gated, 0);
                float[] became = new float[rows * inputs];
                for (int row = 0; row < rows; row++) {
                    prompts.get(row, became, row * inputs);
                }

                // then
                for (int row = 0; row < rows; row++) {
                    float[] alone = KernelCheck.product(linear, x, row, 1, taken, true);
                    assertThat(Arrays.copyOfRange(y, row * linear.outputs(), (row + 1) * linear.outputs())).as("seed %d, row %d of %d", seed, row, rows)
                            .isEqualTo(alone);
                    float[] expected = new float[outputs];
                    RowKernels.gate(alone, 0, outputs, 0, outputs, expected, 0);
                    assertThat(Arrays.copyOfRange(gated, row * outputs, (row + 1) * outputs)).as("seed %d, row %d of %d, gated", seed, row, rows)
                            .isEqualTo(expected);
                    if (rows == most && row % 16 == 0) {
                        assertPlain(weights, Arrays.copyOfRange(became, row * inputs, (row + 1) * inputs), alone, "seed " + seed);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anOutputsWeightsAreTheFiles(WeightType type) {
        var random = new Random(2);
        try (Arena arena = Arena.ofShared()) {
            List<WeightRows> parts = List.of(rows(type, 37, 256, random), rows(type, 5, 256, random));
            Linear linear = Linear.pack(parts, arena.allocate(Linear.bytes(parts), 64), false);
            int output = 0;
            for (WeightRows part : parts) {
                for (int row : part.order()) {
                    float[] expected = new float[256];
                    part.weight().dequantise(row, 1, MemorySegment.ofArray(expected));
                    float[] weights = new float[3 + 256];

                    linear.weights(output++, weights, 3);

                    for (int i = 0; i < expected.length; i++) {
                        // The base has rounded once.
                        assertThat(weights[3 + i]).as("%s of output %s", i, output).isCloseTo(expected[i], within(1e-5f));
                    }
                }
            }
        }
    }

    @Test
    void theCopyOfTheOutputsIsTheirs() {
        var random = new Random(1);
        try (Arena arena = Arena.ofShared(); var threads = new KernelThreads(2)) {
            List<WeightRows> mixed = List.of(rows(WeightType.Q8_0, 77, 256, random), rows(WeightType.Q6_K, 5, 256, random));
            Linear linear = Linear.pack(mixed, arena.allocate(Linear.bytes(mixed), 64), false);
            var panel = new InputPanel();
            panel.shape(3, 256);
            float[] x = values(3 * 256, random);
            IntStream.range(0, 3).forEach(row -> panel.set(row, x, row * 256));
            float[] y = new float[InputPanel.padded(3) * 82];
            MemorySegment copy = arena.allocate(4L * 3 * 82, 64);

            linear.multiply(threads, panel, y, copy);

            assertThat(copy.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(Arrays.copyOf(y, 3 * 82));
        }
    }

    private static void assertPlain(List<WeightRows> weights, float[] x, float[] y, String name) {
        int output = 0;
        for (WeightRows part : weights) {
            float[] weight = new float[x.length];
            for (int row : part.order()) {
                part.weight().dequantise(row, 1, MemorySegment.ofArray(weight));
                double sum = 0;
                double size = 0;
                for (int i = 0; i < x.length; i++) {
                    sum += (double) weight[i] * x[i];
                    size += Math.abs((double) weight[i] * x[i]);
                }
                // Each of the sums rounds once per input, a base once more; codes are up to 16 times what is left when their middle is taken off.
                assertThat((double) y[output]).as("%s, output %d", name, output).isCloseTo(sum, within(16 * size * x.length * Math.ulp(1f) + 1e-30));
                output++;
            }
        }
    }

    private static WeightRows rows(WeightType type, int outputs, int inputs, Random random) {
        float[] values = values(outputs * inputs, random);
        var order = new ArrayList<>(IntStream.range(0, outputs).boxed().toList());
        Collections.shuffle(order, random);
        return new WeightRows(new Weight("w", type, outputs, inputs, MemorySegment.ofArray(BlockQuantiser.encode(type, values))), order.stream().mapToInt(row -> row).toArray());
    }

    private static float[] values(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
