package dev.cadenza.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightTypeTest {
    private static final int[] INTERESTING_HALVES = {0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x0400, 0x3c00, 0xbc00, 0x7bff, 0xfbff, 0x7c00, 0xfc00,
            0x7e00};

    @Test
    void everyHalfPrecisionValueIsRead() {
        // given
        var source = ByteBuffer.allocate(65_536 * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 65_536; bits++) {
            source.putShort((short) bits);
        }

        // when
        float[] read = dequantised(WeightType.F16, source.array(), 65_536);

        // then
        for (int bits = 0; bits < 65_536; bits++) {
            assertSame(read[bits], (float) half(bits), "half %04x".formatted(bits));
        }
    }

    @Test
    void singlePrecisionKeepsItsBits() {
        // given
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var source = ByteBuffer.allocate(4_000).order(ByteOrder.LITTLE_ENDIAN);
        while (source.hasRemaining()) {
            source.putInt(random.nextInt());
        }

        // when
        float[] read = dequantised(WeightType.F32, source.array(), 1_000);

        // then
        for (int i = 0; i < read.length; i++) {
            assertSame(read[i], source.getFloat(4 * i), "seed " + seed + ", element " + i);
        }
    }

    @Test
    void fourBitBlocksEqualTheirFormula() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            // given
            var block = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
            random.nextBytes(block.array());
            int scale = someHalf(random);
            int minimum = someHalf(random);
            block.putShort(0, (short) scale).putShort(2, (short) minimum);

            // when
            float[] read = dequantised(WeightType.Q4_1, block.array(), 32);

            // then
            for (int i = 0; i < 32; i++) {
                int code = Byte.toUnsignedInt(block.get(4 + i % 16)) / (i < 16 ? 1 : 16) % 16;
                assertSame(read[i], (float) (half(scale) * code + half(minimum)), "seed %d, round %d, element %d".formatted(seed, round, i));
            }
        }
    }

    @Test
    void eightBitBlocksEqualTheirFormula() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            // given
            var block = ByteBuffer.allocate(34).order(ByteOrder.LITTLE_ENDIAN);
            random.nextBytes(block.array());
            int scale = someHalf(random);
            block.putShort(0, (short) scale);

            // when
            float[] read = dequantised(WeightType.Q8_0, block.array(), 32);

            // then
            for (int i = 0; i < 32; i++) {
                assertSame(read[i], (float) (half(scale) * block.get(2 + i)), "seed %d, round %d, element %d".formatted(seed, round, i));
            }
        }
    }

    @Test
    void someRowsOfAWeightAreDequantisedAlone() {
        // given
        var data = new byte[3 * 2 * 34];
        new Random(7).nextBytes(data);
        for (int block = 0; block < 6; block++) {
            ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putShort(block * 34, (short) 0x3c00);
        }
        var weight = new Weight("w", WeightType.Q8_0, 3, 64, MemorySegment.ofArray(data));
        var rows = new float[128];

        // when
        weight.dequantise(1, 2, MemorySegment.ofArray(rows));

        // then
        assertThat(rows[0]).isEqualTo(data[2 * 34 + 2]);
        assertThat(rows[127]).isEqualTo(data[data.length - 1]);
    }

    @Test
    void tooSmallATargetIsRefusedUnwritten() {
        // given
        var target = new float[31];

        // when, then
        assertThatThrownBy(() -> WeightType.Q8_0.dequantise(MemorySegment.ofArray(new byte[34]), 32, MemorySegment.ofArray(target)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @EnumSource
    void quantisedValuesComeBackWithinAStep(WeightType type) {
        // given
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var values = new float[256 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }

        // when
        float[] read = dequantised(type, BlockQuantiser.encode(type, values), values.length);

        // then
        double step = switch (type) {
            case F32 -> 0;
            case F16 -> 1.0 / (1 << 12);
            case BF16 -> 1.0 / (1 << 9);
            case Q8_0 -> 1.1 / 254;
            // A code of 32 is cut to 31 and a group's scale of 128 to 127: 1 - 31/32 * 127/128 of the greatest value is 1.25 steps.
            case Q6_K -> 1.3 / 64;
            case Q5_0, Q5_1, Q5_K -> 1.2 / 32;
            case Q4_0, Q4_1, Q4_K -> 1.2 / 16;
        };
        for (int i = 0; i < values.length; i++) {
            assertThat(read[i]).as("seed %d, element %d", seed, i).isCloseTo(values[i], within((float) step));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F32", "F16", "BF16"})
    void formatsOfBlocksComeApartIntoSignedCodesScalesAndBases(WeightType type) {
        // given
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var values = new float[3 * 512];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        var weight = new Weight("w", type, 3, 512, MemorySegment.ofArray(BlockQuantiser.encode(type, values)));
        var row = new float[512];
        weight.dequantise(1, 1, MemorySegment.ofArray(row));
        int perWord = Integer.SIZE / type.codeBits();
        var words = new int[512 / perWord];
        var scales = new float[512 / type.group()];
        var bases = new float[scales.length];

        // when
        weight.groups(1, words, scales, bases);

        // then
        int reach = 1 << type.codeBits() - 1;
        for (int i = 0; i < 512; i++) {
            int group = i / type.group();
            int code = words[i / perWord] << i % perWord * type.codeBits() >> Integer.SIZE - type.codeBits();
            // A base has rounded once, and so has the element.
            double rounding = Math.ulp(Math.abs(bases[group]) + reach * Math.abs(scales[group]));
            assertThat((double) scales[group] * code + bases[group]).as("seed %d, element %d", seed, i).isCloseTo(row[i], within(rounding));
        }
    }

    @Test
    void floatsDoNotComeApart() {
        for (var type : List.of(WeightType.F32, WeightType.F16, WeightType.BF16)) {
            var weight = new Weight("w", type, 1, 256, MemorySegment.ofArray(new byte[1_024]));

            assertThatThrownBy(() -> weight.groups(0, new int[256], new float[8], new float[8])).as(type.name())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static int someHalf(Random random) {
        return random.nextBoolean() ? random.nextInt(65_536) : INTERESTING_HALVES[random.nextInt(INTERESTING_HALVES.length)];
    }

    /** The definition of IEEE 754 binary16, in double. */
    private static double half(int bits) {
        double sign = (bits & 0x8000) == 0 ? 1 : -1;
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        return switch (exponent) {
            case 0 -> sign * fraction * Math.pow(2, -24);
            case 31 -> fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
            default -> sign * (1024 + fraction) * Math.pow(2, exponent - 25);
        };
    }

    private static float[] dequantised(WeightType type, byte[] source, int elements) {
        var target = new float[elements];
        type.dequantise(MemorySegment.ofArray(source), elements, MemorySegment.ofArray(target));
        return target;
    }

    private static void assertSame(float actual, float expected, String description) {
        if (Float.isNaN(expected)) {
            assertThat(actual).as(description).isNaN();
        } else {
            assertThat(Float.floatToRawIntBits(actual)).as(description + ": " + actual + " for " + expected)
                    .isEqualTo(Float.floatToRawIntBits(expected));
        }
    }
}
