package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AttentionTest {
    private static final int[] HEAD_DIMS = {2, 6, 8, 12, 16, 22, 40, 64, 80, 128};
    private static final int MOST_KEYS = 300;
    /** Of the first eight cases. It may change with the order of a sum only, and then every answer does. */
    private static final int BITS = -139592604;

    @Test
    void isTheSoftmaxOfScaledProductsTimesValues() {
        for (int trial = 0; trial < 200; trial++) {
            Case some = new Case(trial);
            float[] out = some.attend();

            double[] expected = some.expected();
            double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
            assertThat(largest).isPositive();
            // A score adds at most 128 / 16 + 10 products of size 1, weights of up to 300 keys, values of size 1: some 50 roundings, and a score's
            // error is its weight's relative error.
            for (int i = 0; i < out.length; i++) {
                assertThat((double) out[i]).as("%s of %s", i, some).isCloseTo(expected[i], within(2e-5));
            }
        }
    }

    @Test
    void slotsThatTheRowDoesNotSeeDoNotMatter() {
        for (int trial = 0; trial < 100; trial++) {
            Case some = new Case(trial);
            float[] clean = some.attend();

            some.spoilUnseen();
            float[] scratch = new float[some.scratch.length + 40];
            Arrays.fill(scratch, Float.NaN);
            some.scratch = scratch;

            assertThat(bits(some.attend())).as("%s", some).isEqualTo(bits(clean));
        }
    }

    @Test
    void aKeyCountsTheSameSettledOrOpen() {
        for (int trial = 0; trial < 100; trial++) {
            Case some = new Case(trial);
            int seen = some.seen();
            float[] asIs = some.attend();

            some.settle(new Random(trial).nextInt(seen + 1));

            assertThat(bits(some.attend())).as("%s", some).isEqualTo(bits(asIs));
        }
    }

    @Test
    void aHeadHasTheSameBitsInAnyGroup() {
        for (int trial = 0; trial < 100; trial++) {
            Case some = new Case(trial);
            float[] together = some.attend();

            float[] alone = new float[together.length];
            for (int head = 0; head < some.group; head++) {
                some.attend(head, 1, alone, head * some.headDim);
            }

            assertThat(bits(alone)).as("%s", some).isEqualTo(bits(together));
        }
    }

    @Test
    void bitsStayTheSameWhenCompiled() {
        // given: the first calls, interpreted if this test comes first, and in any case as on other machines
        Case[] cases = IntStream.range(0, 8).mapToObj(Case::new).toArray(Case[]::new);
        int[][] first = Arrays.stream(cases).map(some -> bits(some.attend())).toArray(int[][]::new);
        assertThat(Arrays.deepHashCode(first)).isEqualTo(BITS);

        for (int call = 0; call < 20_000; call++) {
            cases[call % cases.length].attend();
        }

        for (int i = 0; i < cases.length; i++) {
            assertThat(bits(cases[i].attend())).as("%s", cases[i]).isEqualTo(first[i]);
        }
    }

    @Test
    void largeScoresDoNotOverflow() {
        Case some = new Case(9);
        some.scale = 500;

        for (float out : some.attend()) {
            assertThat(out).isBetween(-1f, 1f);
        }
    }

    @Test
    void aRowThatSeesNothingIsRefused() {
        MemorySegment none = MemorySegment.ofArray(new float[8]);

        assertThatThrownBy(() -> Attention.attend(new float[8], 0, 1, 8, 1, none, 0, none, 0, 0, new int[0], 0, new float[8], 0, new float[8]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static int[] bits(float[] numbers) {
        int[] bits = new int[numbers.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(numbers[i]);
        }
        return bits;
    }

    /** A row and a cache, random but named by a seed; numbers between -1 and 1. */
    private static final class Case {
        private static final int BEFORE = 5;

        private final long seed;
        private final Random random;
        private final int headDim;
        private final int slots;
        private final float[] queries;
        private final MemorySegment keys;
        private final MemorySegment values;
        private int group;
        private float scale;
        private int settled;
        private int[] open;
        private float[] scratch;

        Case(long seed) {
            this.seed = seed;
            random = new Random(seed);
            headDim = HEAD_DIMS[(int) (seed % HEAD_DIMS.length)];
            group = 1 + random.nextInt(9);
            scale = (float) (1 / Math.sqrt(headDim));
            settled = random.nextInt(4) == 0 ? 0 : random.nextInt(MOST_KEYS - 20);
            int opens = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 1;
            slots = settled + opens + 30;
            open = random.ints(settled, slots).distinct().limit(opens).toArray();
            queries = floats(BEFORE + group * headDim);
            keys = cache();
            values = cache();
            scratch = new float[Attention.scratch(group, headDim, seen())];
        }

        int seen() {
            return settled + open.length;
        }

        float[] attend() {
            float[] out = new float[group * headDim];
            attend(0, group, out, 0);
            return out;
        }

        void attend(int head, int heads, float[] out, int outAt) {
            float[] all = new float[out.length + 3];
            Attention.attend(queries, BEFORE + head * headDim, heads, headDim, scale, keys, 4L * BEFORE, values, 4L * BEFORE, settled, open,
                    open.length, all, outAt + 3, scratch);
            System.arraycopy(all, outAt + 3, out, outAt, heads * headDim);
        }

        double[] expected() {
            double[] out = new double[group * headDim];
            for (int head = 0; head < group; head++) {
                double[] weights = new double[seen()];
                double sum = 0;
                for (int t = 0; t < weights.length; t++) {
                    double score = 0;
                    for (int i = 0; i < headDim; i++) {
                        score += (double) queries[BEFORE + head * headDim + i] * number(keys, slot(t), i);
                    }
                    weights[t] = Math.exp(scale * score);
                    sum += weights[t];
                }
                for (int t = 0; t < weights.length; t++) {
                    for (int i = 0; i < headDim; i++) {
                        out[head * headDim + i] += weights[t] / sum * number(values, slot(t), i);
                    }
                }
            }
            return out;
        }

        /** The same keys in the same order, {@code count} of them settled. */
        void settle(int count) {
            int seen = seen();
            MemorySegment oldKeys = copy(keys);
            MemorySegment oldValues = copy(values);
            int[] old = new int[seen];
            for (int t = 0; t < seen; t++) {
                old[t] = slot(t);
            }
            settled = count;
            open = IntStream.range(0, seen - count).map(i -> slots - 1 - i).toArray();
            for (int t = 0; t < seen; t++) {
                MemorySegment.copy(oldKeys, at(old[t]), keys, at(slot(t)), 4L * headDim);
                MemorySegment.copy(oldValues, at(old[t]), values, at(slot(t)), 4L * headDim);
            }
        }

        void spoilUnseen() {
            float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, 1e30f};
            for (int slot = settled; slot < slots; slot++) {
                int unseen = slot;
                if (Arrays.stream(open).noneMatch(seen -> seen == unseen)) {
                    for (int i = 0; i < headDim; i++) {
                        keys.set(ValueLayout.JAVA_FLOAT, at(slot) + 4L * i, bad[random.nextInt(bad.length)]);
                        values.set(ValueLayout.JAVA_FLOAT, at(slot) + 4L * i, bad[random.nextInt(bad.length)]);
                    }
                }
            }
        }

        private int slot(int t) {
            return t < settled ? t : open[t - settled];
        }

        private long at(int slot) {
            return 4L * (BEFORE + slot * headDim);
        }

        private double number(MemorySegment cache, int slot, int i) {
            return cache.get(ValueLayout.JAVA_FLOAT, at(slot) + 4L * i);
        }

        private MemorySegment cache() {
            MemorySegment cache = Arena.ofAuto().allocate(4L * (BEFORE + slots * headDim), 64);
            MemorySegment.copy(floats(BEFORE + slots * headDim), 0, cache, ValueLayout.JAVA_FLOAT, 0, BEFORE + slots * headDim);
            return cache;
        }

        private static MemorySegment copy(MemorySegment cache) {
            return Arena.ofAuto().allocate(cache.byteSize(), 64).copyFrom(cache);
        }

        private float[] floats(int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = random.nextFloat() * 2 - 1;
            }
            return numbers;
        }

        @Override
        public String toString() {
            return "seed " + seed + ": group " + group + ", headDim " + headDim + ", settled " + settled + ", open " + Arrays.toString(open);
        }
    }
}
