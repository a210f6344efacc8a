package dev.cadenza.engine.vector;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
            attend(used, some, from, count, out);
            return;
        }
        try (var fresh = new ProductAttention(products)) {
            attend(fresh, some, from, count, out);
        }
    }

    private static void attend(ProductAttention attention, PromptCase some, int from, int count, float[] out) {
        int d = some.headDim;
        int seen = some.first + from + count;
        MemorySegment turned = Arena.ofAuto().allocate(4L * d * ProductAttention.padded(seen), 64);
        for (int slot = 0; slot < seen; slot += ProductAttention.BLOCK) {
            ProductAttention.turn(some.data, 4L * d * slot, Math.min(ProductAttention.BLOCK, seen - slot), d, turned, (long) d * slot);
        }
        for (int head = 0; head < some.group; head++) {
            int at = from * some.width() + head * d;
            attention.attend(some.queries, at, some.width(), d, some.scale(), turned, 0, Matrix.of(some.data, (long) some.capacity * d, d), seen,
                    some.first + from, count, out, at, some.width());
        }
    }
}
