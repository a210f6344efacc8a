package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitRowTest {
    /** As good as float32 has them. */
    private static final double CLOSE = 2e-6;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    /** Equal ones, and some that cannot be drawn. */
    private float[] logits(int vocabulary) {
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            logits[i] = switch (random.nextInt(8)) {
                case 0 -> random.nextInt(20);
                case 1 -> vocabulary > 2 && random.nextInt(10) == 0 ? Float.NEGATIVE_INFINITY : -0f;
                default -> (float) random.nextGaussian() * 6;
            };
        }
        logits[random.nextInt(vocabulary)] = 3;
        return logits;
    }

    private static LogitRow row(float[] logits, boolean machineCode) {
        var row = new LogitRow(logits.length, machineCode && IntegerProducts.find().isPresent());
        row.take(MemorySegment.ofArray(logits));
        return row;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 63, 64, 65, 512, 1_000, 4_099, 49_152})
    void machineCodeHasTheBitsOfPlainJava(int vocabulary) {
        for (int round = 0; round < 20; round++) {
            float[] logits = logits(vocabulary);
            float temperature = 0.05f + 2 * random.nextFloat();
            LogitRow code = row(logits, true);
            LogitRow plain = row(logits, false);

            assertThat(code.best()).as("seed %d", seed).isEqualTo(plain.best());
            assertThat(code.bestToken()).as("seed %d", seed).isEqualTo(plain.bestToken());
            assertThat(code.logSumExp(temperature)).as("seed %d", seed).isEqualTo(plain.logSumExp(temperature));
            assertThat(code.entropy(temperature)).as("seed %d", seed).isEqualTo(plain.entropy(temperature));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 64, 700, 49_152})
    void sumsAreThoseOfDoubles(int vocabulary) {
        for (int round = 0; round < 20; round++) {
            // given
            float[] logits = logits(vocabulary);
            float temperature = 0.2f + 2 * random.nextFloat();
            double best = IntStream.range(0, vocabulary).mapToDouble(i -> logits[i]).max().orElseThrow();
            double[] x = IntStream.range(0, vocabulary).mapToDouble(i -> (logits[i] - best) / temperature).toArray();
            double sum = 0;
            double weighted = 0;
            for (double each : x) {
                sum += Math.exp(each);
                weighted += each == Double.NEGATIVE_INFINITY ? 0 : each * Math.exp(each);
            }

            // when
            LogitRow row = row(logits, true);

            // then
            assertThat((double) row.logSumExp(temperature)).as("seed %d", seed)
                    .isCloseTo(Math.log(sum) + best / temperature, within(CLOSE * Math.max(1, Math.abs(best / temperature))));
            assertThat((double) row.entropy(temperature)).as("seed %d", seed).isCloseTo(Math.log(sum) - weighted / sum, within(10 * CLOSE));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 64, 300, 10_000, 49_152})
    void mostLikelyTokensAreThoseOfAWholeSort(int vocabulary) {
        for (int round = 0; round < 10; round++) {
            float[] logits = logits(vocabulary);
            int count = 1 + random.nextInt(Math.min(vocabulary, 400));
            long[] expected = IntStream.range(0, vocabulary).boxed()
                    .sorted(Comparator.comparing((Integer i) -> -(logits[i] + 0f)).thenComparing(i -> i)).limit(count).mapToLong(i -> i).toArray();
            long[] ids = new long[count + 2];
            float[] values = new float[count + 3];

            LogitRow row = row(logits, true);
            row.mostLikely(count, ids, 1, values, 2);

            assertThat(Arrays.copyOfRange(ids, 1, count + 1)).as("seed %d", seed).isEqualTo(expected);
            for (int i = 0; i < count; i++) {
                assertThat(values[i + 2]).isEqualTo(logits[(int) expected[i]]);
            }
            assertThat(row.bestToken()).isEqualTo((int) expected[0]);
            assertThat(ids[count + 1]).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 64, 65, 200, 1_000})
    void whatIsNoNumberIsNoticedWhereverItStands(int vocabulary) {
        for (float bad : new float[] {Float.NaN, Float.intBitsToFloat(0xFFC00000), Float.intBitsToFloat(0x7F800001)}) {
            for (int at = 0; at < vocabulary; at++) {
                float[] logits = logits(vocabulary);
                logits[at] = bad;
                assertThat(row(logits, true).best()).as("seed %d, %d", seed, at).isNaN();
                assertThat(row(logits, false).best()).isNaN();
            }
        }
    }

    @Test
    void infinityIsTheGreatest() {
        float[] logits = logits(777);
        logits[700] = Float.POSITIVE_INFINITY;

        assertThat(row(logits, true).best()).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(row(logits, true).bestToken()).isEqualTo(700);
    }

    @Test
    void oneRowAfterTheOtherFromNativeMemoryAtAnyPlace() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4 * 1_003 + 4);
            var reused = new LogitRow(1_001);
            for (int round = 0; round < 20; round++) {
                float[] logits = logits(1_001);
                MemorySegment place = memory.asSlice(4L * (round % 3), 4 * 1_001);
                MemorySegment.copy(logits, 0, place, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, logits.length);

                reused.take(place);

                LogitRow fresh = row(logits, false);
                assertThat(reused.best()).isEqualTo(fresh.best());
                assertThat(reused.logSumExp(1)).isEqualTo(fresh.logSumExp(1));
                assertThat(reused.entropy(0.7f)).isEqualTo(fresh.entropy(0.7f));
            }
        }
    }
}
