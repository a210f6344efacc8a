package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.engine.vector.KernelCheck;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelfTestTest {

    @ParameterizedTest
    @CsvSource({"0.01, 0.0003", "0.00002, 0.01", "NaN, 0.0003", "0.00002, NaN"})
    void kernelsThatErrAreRefusedWithTheWayOut(double linears, double attention) {
        assertThatThrownBy(() -> SelfTest.verdict(new KernelCheck(linears, true), new KernelCheck(attention, true), ""))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("start with precision float32");
    }

    @ParameterizedTest
    @CsvSource({"true, true", "false, true", "true, false"})
    void whatKeepsARowsBitsIsToldOfLinearsAndOfAttention(boolean linears, boolean attention) {
        SelfTest.Verdict verdict = SelfTest.verdict(new KernelCheck(2e-5, linears), new KernelCheck(3e-4, attention), "");

        assertThat(verdict.linearsInvariant()).isEqualTo(linears);
        assertThat(verdict.attentionInvariant()).isEqualTo(attention);
        assertThat(verdict.description()).contains("linears " + (linears ? "row" : "NOT row"), "attention " + (attention ? "row" : "NOT row"));
    }
}
