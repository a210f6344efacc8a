package dev.cadenza.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.engine.torch.CudaState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CudaCheckTest {
    private static final CudaState NOTHING = new CudaState(Path.of("natives"), false, Optional.empty(), false, Optional.empty(), "for the processor alone");
    private static final CudaState ALL = new CudaState(Path.of("natives"), true, Optional.of("NVRM version"), true, Optional.of(0.0001f), "");

    @Test
    void whoAsksForNoCudaIsToldOfItsAbsenceAndHealthy() {
        assertThat(new Diagnosis(CudaCheck.of(NOTHING, OptionalInt.empty())).healthy()).isTrue();
    }

    @Test
    void whoAsksForItIsToldEachThingThatIsMissing() {
        List<Finding> findings = CudaCheck.of(NOTHING, OptionalInt.of(0));

        assertThat(findings).filteredOn(finding -> finding.grade() == Finding.Grade.BAD).extracting(Finding::subject)
                .containsExactly("libtorch", "driver", "driver library", "cuda:0", "engine");
        assertThat(findings).filteredOn(finding -> finding.grade() == Finding.Grade.BAD).extracting(Finding::remark).noneMatch(String::isEmpty);
    }

    @Test
    void aDeviceThatComputesDoesNotHideThatTheEngineCannotUseIt() {
        List<Finding> findings = CudaCheck.of(ALL, OptionalInt.of(1));

        assertThat(findings).filteredOn(finding -> finding.grade() == Finding.Grade.BAD).singleElement()
                .satisfies(finding -> assertThat(finding.value()).contains("on the processor only"));
        assertThat(findings).anySatisfy(finding -> assertThat(finding).extracting(Finding::subject, Finding::grade)
                .containsExactly("cuda:1", Finding.Grade.GOOD));
    }

    @Test
    void aDeviceThatComputesWronglyIsNoDevice() {
        var wrong = new CudaState(Path.of("natives"), true, Optional.of("NVRM version"), true, Optional.of(0.5f), "");

        assertThat(CudaCheck.of(wrong, OptionalInt.of(0))).anySatisfy(finding -> assertThat(finding.value()).contains("computes wrongly"));
    }
}
