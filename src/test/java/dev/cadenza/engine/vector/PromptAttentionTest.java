package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PromptAttentionTest extends PromptAttentionContract {
    /** Of the first eight cases. It may change with the order of a sum only, and then every answer does. */
    private static final int BITS = -1489511150;
    private final PromptAttention used = new PromptAttention();

    @Override
    PromptCase some(int trial) {
        return new PromptCase(trial, 200, Math.min(8, PromptAttention.ROWS));
    }

    @Override
    void attend(PromptCase some, int from, int count, float[] out, boolean usedRoom) {
        int width = some.width();
        (usedRoom ? used : new PromptAttention()).attend(some.queries, from * width, width, some.group, some.headDim, some.scale(), some.data, 0,
                some.values(), some.first + from, count, out, from * width, width);
    }

    @Test
    void theBitsAreThoseOfEveryMachine() {
        int all = 0;
        for (int trial = 0; trial < 8; trial++) {
            all = 31 * all + Arrays.hashCode(bits(together(some(trial))));
        }
        assertThat(all).isEqualTo(BITS);
    }
}
