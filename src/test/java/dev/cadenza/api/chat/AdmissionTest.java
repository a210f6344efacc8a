package dev.cadenza.api.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.api.Configs;
import dev.cadenza.api.ScriptedModel;
import dev.cadenza.api.ScriptedScheduler;
import dev.cadenza.sampling.SamplingParameters;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionTest {
    private final ScriptedModel model = new ScriptedModel(new ScriptedScheduler());

    @ParameterizedTest
    @CsvSource({"global,''", "user,ann", "request,"})
    void scopeSaysWhoLearnsFromWhom(String scope, String expected) {
        var config = Configs.config(Map.of("cadenza.decoding.memory-scope", scope));

        var request = new Admission(config, null).prepare("id", request("ann"), model.load());

        assertThat(request.memory()).isEqualTo(expected);
        assertThat(request.scope()).as("of prefixes").isEmpty();
    }

    @Test
    void requestsOfNobodyInParticularLearnFromNobody() {
        assertThat(new Admission(Configs.config(Map.of()), null).prepare("id", request(""), model.load()).memory()).isNull();
    }

    private static ChatRequest request(String user) {
        return new ChatRequest(List.of(Map.of("role", "user", "content", "say:x")), 5, 1, SamplingParameters.GREEDY, 1, -1, List.of(), false, false,
                null, null, true, ReasoningEffort.UNSAID, null, false, user, List.of());
    }
}
