package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Int8InputsTest {
    private static final int GROUPS = 3;
    private static final int WIDTH = GROUPS * Int8Inputs.GROUP;
    private static final int ROWS = 4;
    private static final int ROW = 2;
    /** Other numbers in front of a row's. */
    private static final int BEFORE = 3;

    @BeforeEach
    void machineCodeRunsHere() {
        assumeTrue(Int8Strip.suits());
    }

    @Test
    void aRowIsWhatItWasButForHalfAStepOfItsLargestRotatedNumber() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (var inputs = new Int8Inputs()) {
            inputs.shape(ROWS, WIDTH);
            for (int round = 0; round < 500; round++) {
                float[] row = values(GROUPS, -30, random);
                inputs.set(ROW, row, BEFORE);

                float[] taken = new float[BEFORE + WIDTH];
                inputs.get(ROW, taken, BEFORE);

                for (int group = 0; group < GROUPS; group++) {
                    double lost = 0;
                    double sum = 0;
                    for (int i = BEFORE + group * Int8Inputs.GROUP; i < BEFORE + (group + 1) * Int8Inputs.GROUP; i++) {
                        lost += Math.pow((double) taken[i] - row[i], 2);
                        sum += taken[i];
                    }
                    // The matrix over the root of 8 turns without stretching: 32 numbers are off by half a step over that each, and rounding.
                    double step = 8.0 * number(inputs, ROW, group, Int8Inputs.STEP);
                    assertThat(Math.sqrt(lost)).as("seed %d", seed).isLessThanOrEqualTo(Math.sqrt(Int8Inputs.GROUP) * step / Math.sqrt(8) / 2 * 1.001);
                    assertThat((double) number(inputs, ROW, group, Int8Inputs.SUM)).as("seed %d", seed).isCloseTo(sum, within(1e-3 * step));
                }
            }
        }
    }

    @Test
    void rowsHaveTheBytesStepsAndSumsOfPlainJava() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        try (var inputs = new Int8Inputs()) {
            for (int round = 0; round < 2_000; round++) {
                // given: numbers of groups for which the room is too small, or is there
                int groups = 1 + random.nextInt(5);
                float[] source = values(groups, -45, random);
                inputs.shape(ROWS, groups * Int8Inputs.GROUP);

                // when
                inputs.set(ROW, source, BEFORE);

                // then
                assertThat(bytes(inputs, ROW)).as("seed %d, round %d", seed, round).isEqualTo(expected(source, groups));
            }
        }
    }

    @Test
    void aRowIsWrittenToNothingButItsPlace() {
        long seed = new Random().nextLong();
        try (var inputs = new Int8Inputs()) {
            inputs.shape(ROWS, WIDTH);
            memory(inputs, 0, ROWS).fill((byte) 90);

            inputs.set(ROW, values(GROUPS, -2, new Random(seed)), BEFORE);

            for (int row = 0; row < ROWS; row++) {
                if (row != ROW) {
                    assertThat(bytes(inputs, row)).as("seed %d, row %d", seed, row).containsOnly(90);
                }
            }
        }
    }

    @Test
    void aGreatNumberDoesNotTakeItsNeighboursAway() {
        try (var inputs = new Int8Inputs()) {
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

    /** The last is the greatest whose step, the 127th part, is no normal number. */
    @ParameterizedTest
    @ValueSource(floats = {0, -0f, Float.MIN_VALUE, -Float.MIN_NORMAL, 126.9999f * Float.MIN_NORMAL})
    void zerosAndWhatIsTooSmallForAStepBecomeZeros(float small) {
        try (var inputs = new Int8Inputs()) {
            float[] row = new float[BEFORE + WIDTH];
            for (int group = 0; group < GROUPS; group++) {
                row[BEFORE + group * Int8Inputs.GROUP + 7 + group] = small;
            }
            inputs.shape(ROWS, WIDTH);
            inputs.set(ROW, row, BEFORE);

            float[] taken = new float[WIDTH];
            inputs.get(ROW, taken, 0);

            assertThat(taken).containsOnly(0);
            for (int group = 0; group < GROUPS; group++) {
                assertThat(bytes(inputs, ROW, group, Int8Inputs.GROUP)).containsOnly(Int8Inputs.OFFSET);
                assertThat(number(inputs, ROW, group, Int8Inputs.SUM)).isZero();
            }
        }
    }

    @Test
    void theSmallestStepThatThereIsGivesGreatestBytes() {
        try (var inputs = new Int8Inputs()) {
            float[] row = new float[WIDTH];
            row[9] = Int8Inputs.LARGEST * Float.MIN_NORMAL;
            inputs.shape(1, WIDTH);

            inputs.set(0, row, 0);

            assertThat(Arrays.copyOfRange(bytes(inputs, 0), Int8Inputs.BLOCK, 2 * Int8Inputs.BLOCK)).containsOnly(1, 255);
            assertThat(number(inputs, 0, 0, Int8Inputs.STEP)).isEqualTo(Float.MIN_NORMAL / 8);
            assertThat(number(inputs, 0, 0, Int8Inputs.SUM)).isEqualTo(row[9]);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void whatIsNoNumberSpoilsItsGroupAndNoOther(float bad) {
        long seed = new Random().nextLong();
        float[] source = values(GROUPS, -2, new Random(seed));
        try (var inputs = new Int8Inputs()) {
            for (int i = 0; i < WIDTH; i++) {
                // given
                float[] spoilt = source.clone();
                spoilt[BEFORE + i] = bad;
                inputs.shape(ROWS, WIDTH);

                // when
                inputs.set(ROW - 1, source, BEFORE);
                inputs.set(ROW, spoilt, BEFORE);

                // then
                for (int group = 0; group < GROUPS; group++) {
                    if (group == i / Int8Inputs.GROUP) {
                        assertThat(number(inputs, ROW, group, Int8Inputs.STEP)).as("seed %d, %f at %d", seed, bad, i).isNotFinite();
                        assertThat(number(inputs, ROW, group, Int8Inputs.SUM)).as("seed %d, %f at %d", seed, bad, i).isNotFinite();
                    } else {
                        assertThat(bytes(inputs, ROW, group, Int8Inputs.GROUP_BYTES)).as("seed %d, %f at %d", seed, bad, i)
                                .isEqualTo(bytes(inputs, ROW - 1, group, Int8Inputs.GROUP_BYTES));
                    }
                }
            }
        }
    }

    /** Groups of very different numbers, each of numbers that differ less. */
    private static float[] values(int groups, int leastPower, Random random) {
        float[] values = new float[BEFORE + groups * Int8Inputs.GROUP];
        double magnitude = 1;
        for (int i = 0; i < values.length; i++) {
            if ((i - BEFORE) % Int8Inputs.GROUP == 0) {
                magnitude = Math.pow(10, leastPower + random.nextInt(30 - leastPower));
            }
            values[i] = (float) (random.nextGaussian() * magnitude * Math.pow(10, random.nextInt(5) - 2));
        }
        return values;
    }

    private static byte[] expected(float[] source, int groups) {
        ByteBuffer row = ByteBuffer.allocate(groups * Int8Inputs.GROUP_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int group = 0; group < groups; group++) {
            float[] rotated = new float[Int8Inputs.GROUP];
            float largest = 0;
            for (int i = 0; i < Int8Inputs.GROUP; i++) {
                rotated[i] = rotated(source, BEFORE + group * Int8Inputs.GROUP, i);
                largest = Math.max(largest, Math.abs(rotated[i]));
            }
            float step = largest / 127f;
            float factor = step < Float.MIN_NORMAL ? 0 : 1 / step;
            int sum = 0;
            for (int i = 0; i < Int8Inputs.GROUP; i++) {
                // Of a block's lanes come 7, 5, 3, 1, which are sums, then 6, 4, 2, 0.
                int place = i % Int8Inputs.BLOCK;
                int lane = place < 4 ? 7 - 2 * place : 14 - 2 * place;
                int rounded = (int) Math.rint(rotated[i - place + lane] * factor);
                row.put((byte) (rounded + 128));
                sum += place < 4 ? rounded : 0;
            }
            row.putFloat(step * 0.125f);
            row.putFloat(sum * (step * 0.5f));
        }
        return row.array();
    }

    private static float rotated(float[] source, int group, int i) {
        float y = pair(source, group, i);
        float total = y + pair(source, group, i ^ 2) + (pair(source, group, i ^ 4) + pair(source, group, i ^ 6));
        return total - (y + y);
    }

    private static float pair(float[] source, int group, int i) {
        int at = group + i;
        return i % 2 == 0 ? source[at + 1] - source[at] : source[at - 1] + source[at];
    }

    private static MemorySegment memory(Int8Inputs inputs, int from, int to) {
        return MemorySegment.ofAddress(inputs.address(from, to)).reinterpret((to - from) * inputs.rowBytes());
    }

    private static byte[] bytes(Int8Inputs inputs, int row) {
        return memory(inputs, row, row + 1).toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] bytes(Int8Inputs inputs, int row, int group, int count) {
        return Arrays.copyOfRange(bytes(inputs, row), group * Int8Inputs.GROUP_BYTES, group * Int8Inputs.GROUP_BYTES + count);
    }

    private static float number(Int8Inputs inputs, int row, int group, int at) {
        return memory(inputs, row, row + 1).get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) group * Int8Inputs.GROUP_BYTES + at);
    }
}
