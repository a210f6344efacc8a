package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every attention of a prompt's rows keeps. */
abstract class PromptAttentionContract {

    abstract PromptCase some(int trial);

    /** Writes some of a case's rows, by a room that other calls have used or have not. */
    abstract void attend(PromptCase some, int from, int count, float[] out, boolean used);

    /** Of an output; values are below 1. */
    float mostError() {
        return 2e-5f;
    }

    final float[] together(PromptCase some) {
        float[] out = new float[some.queries.length];
        attend(some, 0, some.rows, out, false);
        return out;
    }

    @Test
    void everyRowHasWhatTheAttentionOfOneRowGivesIt() {
        for (int trial = 0; trial < 200; trial++) {
            PromptCase some = some(trial);
            float[] out = together(some);

            for (int row = 0; row < some.rows; row++) {
                float[] alone = some.attendOne(row);
                for (int i = 0; i < alone.length; i++) {
                    assertThat(out[row * alone.length + i]).as("%s of row %s, %s", i, row, some).isCloseTo(alone[i], within(mostError()));
                }
            }
        }
    }

    @Test
    void aRowHasTheSameBitsWhereverThePromptIsCut() {
        for (int trial = 0; trial < 200; trial++) {
            PromptCase some = some(trial);
            float[] together = together(some);

            float[] cut = new float[together.length];
            var random = new Random(trial);
            for (int from = 0, rows; from < some.rows; from += rows) {
                rows = 1 + random.nextInt(some.rows - from);
                attend(some, from, rows, cut, false);
            }

            assertThat(bits(cut)).as("%s", some).isEqualTo(bits(together));
        }
    }

    @Test
    void slotsBehindTheRowsAndEarlierCallsDoNotMatter() {
        for (int trial = 0; trial < 100; trial++) {
            PromptCase some = some(trial);
            float[] clean = together(some);

            some.spoilUnseen();
            float[] out = new float[clean.length];
            attend(some, 0, some.rows, out, true);

            assertThat(bits(out)).as("%s", some).isEqualTo(bits(clean));
        }
    }

    static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return bits;
    }
}
