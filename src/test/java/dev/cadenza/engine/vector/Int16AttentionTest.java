package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Int16AttentionTest extends PromptAttentionContract {
    private static final int[] HEAD_DIMS = {16, 32, 48, 64, 80, 96, 128, 256};
    private final Int16Attention used = room();

    @BeforeAll
    static void machineCodeRunsHere() {
        assumeTrue(Int16Attention.suits(HEAD_DIMS[0]));
    }

    Int16Attention room() {
        return new Int16Attention(false);
    }

    @AfterEach
    void close() {
        used.close();
    }

    @Override
    PromptCase some(int trial) {
        return new PromptCase(trial, 600, BlockAttention.ROWS, HEAD_DIMS);
    }

    /** Half a step of values and weights, and of queries and keys in the scores. */
    @Override
    float mostError() {
        return 5e-4f;
    }

    @Override
    void attend(PromptCase some, int from, int count, float[] out, boolean usedRoom) {
        if (usedRoom) {
            some.attend(used, from, count, out);
            return;
        }
        try (Int16Attention fresh = room()) {
            some.attend(fresh, from, count, out);
        }
    }

    @Test
    void theGreatestIntegersDoNotOverflow() {
        for (int trial = 0; trial < 40; trial++) {
            PromptCase some = some(trial);
            float sign = trial % 2 == 0 ? 1 : -1;
            Arrays.fill(some.queries, 3);
            for (long at = 0; at < some.data.byteSize(); at += Float.BYTES) {
                some.data.set(ValueLayout.JAVA_FLOAT, at, sign);
            }

            float[] out = together(some);

            for (float value : out) {
                assertThat(value).as("%s", some).isCloseTo(sign, within(1e-4f));
            }
        }
    }

    /** Scores far apart, rising and falling with the keys: what came of earlier blocks fades. */
    @Test
    void rowsThatLookAtFewKeysHaveWhatTheAttentionOfOneRowGivesThem() {
        for (int trial = 0; trial < 60; trial++) {
            PromptCase some = some(trial);
            for (int i = 0; i < some.queries.length; i++) {
                some.queries[i] *= 20;
            }

            float[] out = together(some);

            for (int row = 0; row < some.rows; row++) {
                float[] alone = some.attendOne(row);
                for (int i = 0; i < alone.length; i++) {
                    assertThat(out[row * alone.length + i]).as("%s of row %s, %s", i, row, some).isCloseTo(alone[i], within(5e-3f));
                }
            }
        }
    }

    @Test
    void whatIsNoNumberSpoilsTheRowsThatSeeItAndNoOthers() {
        for (int trial = 0; trial < 60; trial++) {
            PromptCase some = some(trial);
            float[] clean = together(some);
            int spoilt = trial % some.rows;
            boolean inKeys = trial % 2 == 0;
            long at = 4L * some.headDim * (some.first + spoilt) + (inKeys ? 0 : some.values());
            some.data.set(ValueLayout.JAVA_FLOAT, at, inKeys || trial % 3 == 0 ? Float.NaN : Float.POSITIVE_INFINITY);

            float[] out = together(some);

            for (int row = 0; row < some.rows; row++) {
                for (int i = row * some.width(); i < (row + 1) * some.width(); i++) {
                    if (row < spoilt) {
                        assertThat(out[i]).as("row %s of %s", row, some).isEqualTo(clean[i]);
                    } else {
                        assertThat(out[i]).as("row %s of %s", row, some).isNaN();
                    }
                }
            }
        }
    }
}
