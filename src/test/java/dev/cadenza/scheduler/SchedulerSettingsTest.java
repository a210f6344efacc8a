package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SchedulerSettingsTest {

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        Duration second = Duration.ofSeconds(1);

        assertThatThrownBy(() -> new SchedulerSettings(0, 1, 1, 0, 1, second, second, false, true)).hasMessage("`max-running` must be in [1, 4096], got 0");
        assertThatThrownBy(() -> new SchedulerSettings(1, 0, 1, 0, 1, second, second, false, true)).hasMessageContaining("`queue-capacity`");
        assertThatThrownBy(() -> new SchedulerSettings(1, 1, 0, 0, 1, second, second, false, true)).hasMessageContaining("`prefill-tokens`");
        assertThatThrownBy(() -> new SchedulerSettings(1, 1, 1, -1, 1, second, second, false, true)).hasMessageContaining("`draft-rows`");
        assertThatThrownBy(() -> new SchedulerSettings(1, 1, 1, 0, 0, second, second, false, true)).hasMessageContaining("`initial-reservation`");
        assertThatThrownBy(() -> new SchedulerSettings(1, 1, 1, 0, 1, Duration.ZERO, second, false, true)).hasMessageContaining("`stall-limit`");
        assertThatThrownBy(() -> new SchedulerSettings(1, 1, 1, 0, 1, second, second.negated(), false, true)).hasMessageContaining("`ready-poll`");
    }
}
