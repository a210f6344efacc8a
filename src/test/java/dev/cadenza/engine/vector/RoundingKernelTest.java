package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoundingKernelTest {
    private static final int GROUPS = 5;
    private static final int BEFORE = 3;

    @BeforeEach
    void machineCodeRunsHere() {
        assumeTrue(IntegerProducts.find().isPresent());
    }

    @ParameterizedTest
    @CsvSource({"4, 32", "4, 16", "8, 32", "8, 16"})
    void rowsHaveTheIntegersSumsAndStepOfPlainJava(int bits, int group) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var format = new PackedForm.Format(bits, group);
        for (int round = 0; round < 200; round++) {
            // given
            float[] source = new float[BEFORE + GROUPS * group];
            for (int i = 0; i < source.length; i++) {
                source[i] = (float) (random.nextGaussian() * Math.exp(random.nextGaussian()));
            }

            // when
            MemorySegment row = rounded(format, source);

            // then
            float largest = 0;
            for (int i = BEFORE; i < source.length; i++) {
                largest = Math.max(largest, Math.abs(source[i]));
            }
            float step = largest / Short.MAX_VALUE;
            int half = Short.SIZE / bits;
            for (int g = 0; g < GROUPS; g++) {
                long at = (long) g * IntegerInputs.groupBytes(group);
                int sum = 0;
                for (int i = 0; i < group; i++) {
                    int expected = (int) Math.rint(source[BEFORE + g * group + i] * (1 / step));
                    sum += expected;
                    int place = i / (2 * half) * 2 * half + i % half * 2 + (i / half % 2 == 0 ? 1 : 0);
                    assertThat((int) row.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + (long) place * Short.BYTES)).as("seed %d, group %d, input %d", seed, g, i).isEqualTo(expected);
                }
                assertThat(row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + (long) group * Short.BYTES)).as("seed %d, group %d", seed, g).isEqualTo(sum);
            }
            assertThat(stepOf(row)).as("seed %d", seed).isEqualTo(step);
        }
    }

    @Test
    void zerosAndWhatIsTooSmallForAStepBecomeZeros() {
        var format = new PackedForm.Format(4, 32);
        float[] source = new float[BEFORE + GROUPS * 32];
        source[BEFORE + 7] = Float.MIN_VALUE;

        MemorySegment row = rounded(format, source);

        assertThat(row.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isZero();
        assertThat(row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 64)).isZero();
        assertThat(stepOf(row)).isZero();
    }

    @Test
    void whatIsNoNumberSpoilsTheRow() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] source = new float[BEFORE + GROUPS * 32];
            source[source.length - 1] = bad;

            assertThat(stepOf(rounded(new PackedForm.Format(4, 32), source))).as("%f", bad).isNotFinite();
        }
    }

    private static float stepOf(MemorySegment row) {
        return row.get(ValueLayout.JAVA_FLOAT_UNALIGNED, row.byteSize() - Float.BYTES);
    }

    /** A row of its own, behind other numbers. */
    private static MemorySegment rounded(PackedForm.Format format, float[] source) {
        try (var inputs = new IntegerInputs()) {
            inputs.shape(List.of(format), 2, source.length - BEFORE);
            inputs.set(1, source, BEFORE);
            long bytes = inputs.rowBytes(format);
            return MemorySegment.ofArray(MemorySegment.ofAddress(inputs.address(format) + bytes).reinterpret(bytes).toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
