package dev.cadenza.engine.vector;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class Int16AttentionTest extends PromptAttentionContract {
    private static final int[] HEAD_DIMS = {16, 32, 48, 64, 80, 96, 128, 256};
    private final Int16Attention used = new Int16Attention();

    @BeforeAll
    static void machineCodeRunsHere() {
        assumeTrue(Int16Attention.suits(HEAD_DIMS[0]));
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
        try (var fresh = new Int16Attention()) {
            some.attend(fresh, from, count, out);
        }
    }
}
