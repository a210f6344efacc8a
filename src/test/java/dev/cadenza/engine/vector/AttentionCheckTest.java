package dev.cadenza.engine.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionCheckTest {

    @ParameterizedTest
    @MethodSource("dev.cadenza.engine.vector.Int8KernelTest#instructions")
    void findsThatTheKernelsHereAreRight(boolean dotProducts) {
        for (int headDim : new int[] {16, 64, 80, 128}) {
            assumeTrue(Int16Attention.suits(headDim));
            try (var attention = new Int16Attention(dotProducts)) {
                KernelCheck check = AttentionCheck.of(attention, headDim);

                assertThat(check.error()).as("heads of %d", headDim).isBetween(1e-7, 1e-3);
                assertThat(check.invariant()).isTrue();
            }
        }
    }
}
