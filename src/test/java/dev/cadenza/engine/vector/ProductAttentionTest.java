package dev.cadenza.engine.vector;

import org.junit.jupiter.api.AfterEach;

class ProductAttentionTest extends PromptAttentionContract {
    private final FloatProducts products = NativeProducts.required();
    private final ProductAttention used = new ProductAttention(products);

    @AfterEach
    void close() {
        used.close();
    }

    /** Beyond the keys whose values are summed at once. */
    @Override
    PromptCase some(int trial) {
        return new PromptCase(trial, 600, ProductAttention.ROWS);
    }

    @Override
    void attend(PromptCase some, int from, int count, float[] out, boolean usedRoom) {
        if (usedRoom) {
            some.attend(used, from, count, out);
            return;
        }
        try (var fresh = new ProductAttention(products)) {
            some.attend(fresh, from, count, out);
        }
    }
}
