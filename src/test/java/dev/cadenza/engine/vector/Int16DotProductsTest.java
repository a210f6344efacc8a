package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class Int16DotProductsTest extends Int16AttentionTest {
    @BeforeAll
    static void theProcessorHasThem() {
        assumeTrue(Processor.hasDotProducts());
    }

    @Override
    Int16Attention room() {
        return new Int16Attention(true);
    }

    @Test
    void theBitsAreThoseOfProductsOfPairs() {
        for (int trial = 0; trial < 200; trial++) {
            PromptCase some = some(trial);
            float[] expected = new float[some.queries.length];
            try (var pairs = new Int16Attention(false)) {
                some.attend(pairs, 0, some.rows, expected);
            }

            float[] out = together(some);

            assertThat(bits(out)).as("%s", some).isEqualTo(bits(expected));
        }
    }
}
