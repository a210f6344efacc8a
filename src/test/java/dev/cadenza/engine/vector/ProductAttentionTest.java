package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProductAttentionTest {
    private static final int[] HEAD_DIMS = {2, 6, 8, 12, 16, 22, 40, 64, 80, 128};
    private final FloatProducts products = NativeProducts.required();

    @Test
    void everyRowHasWhatTheAttentionOfOneRowGivesIt() {
        try (var attention = new ProductAttention(products)) {
            for (int trial = 0; trial < 100; trial++) {
                var some = new Case(trial);
                float[] out = some.attend(attention, 0, some.rows, new float[some.rows * some.headDim]);

                for (int row = 0; row < some.rows; row++) {
                    float[] alone = some.attendOne(row);
                    for (int i = 0; i < alone.length; i++) {
                        assertThat(out[row * alone.length + i]).as("%s of row %s, %s", i, row, some).isCloseTo(alone[i], within(2e-5f));
                    }
                }
            }
        }
    }

    @Test
    void aRowHasTheSameBitsWhereverThePromptIsCut() {
        try (var attention = new ProductAttention(products)) {
            for (int trial = 0; trial < 100; trial++) {
                var some = new Case(trial);
                float[] together = some.attend(attention, 0, some.rows, new float[some.rows * some.headDim]);

                float[] cut = new float[together.length];
                var random = new Random(trial);
                for (int from = 0, rows; from < some.rows; from += rows) {
                    rows = 1 + random.nextInt(some.rows - from);
                    some.attend(attention, from, rows, cut);
                }

                assertThat(cut).as("%s", some).isEqualTo(together);
            }
        }
    }

    @Test
    void slotsBehindTheRowsAndEarlierCallsDoNotMatter() {
        try (var used = new ProductAttention(products)) {
            for (int trial = 0; trial < 100; trial++) {
                var some = new Case(trial);
                float[] clean;
                try (var fresh = new ProductAttention(products)) {
                    clean = some.attend(fresh, 0, some.rows, new float[some.rows * some.headDim]);
                }

                some.spoilUnseen();

                assertThat(some.attend(used, 0, some.rows, new float[clean.length])).as("%s", some).isEqualTo(clean);
            }
        }
    }

    private static final class Case {
        private final int trial;
        private final int headDim;
        private final int first;
        private final int rows;
        private final int capacity;
        private final float[] queries;
        private final MemorySegment data;

        Case(int trial) {
            this.trial = trial;
            var random = new Random(trial);
            headDim = HEAD_DIMS[random.nextInt(HEAD_DIMS.length)];
            first = random.nextInt(random.nextBoolean() ? 4 : 600);
            rows = 1 + random.nextInt(ProductAttention.ROWS);
            capacity = first + rows + 20;
            queries = new float[rows * headDim];
            for (int i = 0; i < queries.length; i++) {
                queries[i] = random.nextFloat() * 2 - 1;
            }
            data = Arena.ofAuto().allocate(8L * capacity * headDim, 64);
            for (int i = 0; i < 2 * capacity * headDim; i++) {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() * 2 - 1);
            }
        }

        float[] attend(ProductAttention attention, int from, int count, float[] out) {
            int seen = first + from + count;
            MemorySegment turned = Arena.ofAuto().allocate(4L * headDim * ProductAttention.padded(seen), 64);
            for (int slot = 0; slot < seen; slot += ProductAttention.BLOCK) {
                ProductAttention.turn(data, 4L * headDim * slot, Math.min(ProductAttention.BLOCK, seen - slot), headDim, turned, (long) headDim * slot);
            }
            attention.attend(queries, from * headDim, headDim, headDim, scale(), turned, 0, Matrix.of(data, (long) capacity * headDim, headDim), seen,
                    first + from, count, out, from * headDim, headDim);
            return out;
        }

        float[] attendOne(int row) {
            float[] out = new float[headDim];
            int seen = first + row + 1;
            Attention.attend(queries, row * headDim, 1, headDim, scale(), data, 0, data, 4L * capacity * headDim, seen, new int[0], 0, out, 0,
                    new float[Attention.scratch(1, headDim, seen)]);
            return out;
        }

        void spoilUnseen() {
            for (long plane : new long[] {0, 4L * capacity * headDim}) {
                data.asSlice(plane + 4L * headDim * (first + rows), 4L * headDim * (capacity - first - rows)).fill((byte) -1);
            }
        }

        private float scale() {
            return (float) (1 / Math.sqrt(headDim));
        }

        @Override
        public String toString() {
            return "case %d: %d rows behind %d, head of %d".formatted(trial, rows, first, headDim);
        }
    }
}
