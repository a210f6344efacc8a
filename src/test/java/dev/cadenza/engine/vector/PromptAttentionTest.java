package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PromptAttentionTest {
    private static final int[] HEAD_DIMS = {2, 6, 8, 12, 16, 22, 40, 64, 80, 128};
    /** Of the first eight cases. It may change with the order of a sum only, and then every answer does. */
    private static final int BITS = -1489511150;

    @Test
    void everyRowHasWhatTheAttentionOfOneRowGivesIt() {
        for (int trial = 0; trial < 200; trial++) {
            var some = new Case(trial);
            float[] out = some.attend();

            for (int row = 0; row < some.rows; row++) {
                float[] alone = some.attendOne(row);
                for (int i = 0; i < alone.length; i++) {
                    assertThat(out[row * alone.length + i]).as("%s of row %s, %s", i, row, some).isCloseTo(alone[i], within(2e-5f));
                }
            }
        }
    }

    @Test
    void aRowHasTheSameBitsWhereverThePromptIsCut() {
        for (int trial = 0; trial < 200; trial++) {
            var some = new Case(trial);
            float[] together = some.attend();

            float[] cut = new float[together.length];
            var random = new Random(trial);
            for (int from = 0, rows; from < some.rows; from += rows) {
                rows = 1 + random.nextInt(some.rows - from);
                some.attend(new PromptAttention(), from, rows, cut);
            }

            assertThat(bits(cut)).as("%s", some).isEqualTo(bits(together));
        }
    }

    @Test
    void slotsBehindTheRowsAndEarlierCallsDoNotMatter() {
        var used = new PromptAttention();
        for (int trial = 0; trial < 100; trial++) {
            var some = new Case(trial);
            float[] clean = some.attend();

            some.spoilUnseen();
            float[] out = new float[clean.length];
            some.attend(used, 0, some.rows, out);

            assertThat(bits(out)).as("%s", some).isEqualTo(bits(clean));
        }
    }

    @Test
    void theBitsAreThoseOfEveryMachine() {
        int all = 0;
        for (int trial = 0; trial < 8; trial++) {
            all = 31 * all + Arrays.hashCode(bits(new Case(trial).attend()));
        }
        assertThat(all).isEqualTo(BITS);
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return bits;
    }

    private static final class Case {
        private final int trial;
        private final int headDim;
        private final int group;
        private final int first;
        private final int rows;
        private final int capacity;
        private final float[] queries;
        private final MemorySegment data;

        Case(int trial) {
            this.trial = trial;
            var random = new Random(trial);
            headDim = HEAD_DIMS[random.nextInt(HEAD_DIMS.length)];
            group = 1 + random.nextInt(4);
            first = random.nextInt(random.nextBoolean() ? 4 : 200);
            rows = 1 + random.nextInt(Math.min(8, PromptAttention.ROWS));
            capacity = first + rows + 20;
            queries = new float[rows * group * headDim];
            for (int i = 0; i < queries.length; i++) {
                queries[i] = random.nextFloat() * 2 - 1;
            }
            data = Arena.ofAuto().allocate(8L * capacity * headDim, 64);
            for (int i = 0; i < 2 * capacity * headDim; i++) {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
            }
        }

        float[] attend() {
            float[] out = new float[queries.length];
            attend(new PromptAttention(), 0, rows, out);
            return out;
        }

        void attend(PromptAttention attention, int from, int count, float[] out) {
            int width = group * headDim;
            attention.attend(queries, from * width, width, group, headDim, scale(), data, 0, values(), first + from, count, out, from * width, width);
        }

        float[] attendOne(int row) {
            int width = group * headDim;
            float[] out = new float[width];
            int seen = first + row + 1;
            Attention.attend(queries, row * width, group, headDim, scale(), data, 0, data, values(), seen, new int[0], 0, out, 0,
                    new float[Attention.scratch(group, headDim, seen)]);
            return out;
        }

        void spoilUnseen() {
            for (long plane : new long[] {0, values()}) {
                data.asSlice(plane + 4L * headDim * (first + rows), 4L * headDim * (capacity - first - rows)).fill((byte) -1);
            }
        }

        private float scale() {
            return (float) (1 / Math.sqrt(headDim));
        }

        private long values() {
            return 4L * capacity * headDim;
        }

        @Override
        public String toString() {
            return "case %d: %d rows behind %d, %d heads of %d".formatted(trial, rows, first, group, headDim);
        }
    }
}
