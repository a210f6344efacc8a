package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static dev.cadenza.it.RunningServer.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Servers of their own: other processors, precisions, settings. */
class LifecycleIT {

    @Test
    void answersAsHeldWhereOnlyAvx2IsThere() {
        try (var server = RunningServer.start(Map.of("ATEN_CPU_CAPABILITY", "avx2", "ONEDNN_MAX_CPU_ISA", "AVX2", "MKL_CBWR", "AVX2,STRICT"))) {
            var answer = server.chat(ask("What is the capital of France?").put("temperature", 0));

            assertThat(text(answer)).isEqualTo("The capital of France is Paris.");
        }
    }

    @Test
    void float32ServesAndNamesItself() throws Exception {
        try (var server = RunningServer.start(Map.of(), "--precision", "float32")) {
            var answer = server.chat(ask("What is the capital of France?").put("temperature", 0));

            assertThat(text(answer)).isEqualTo("The capital of France is Paris.");
            assertThat(server.get("/v1/models").body()).contains("float32");
        }
    }

    @Test
    void prefixesOfUsersAreSharedWithNobodyElseWhereTheScopeSaysSo() throws Exception {
        try (var server = RunningServer.start(Map.of("CADENZA_PREFIX_CACHE_SCOPE", "user"))) {
            var question = ask("Boats, ropes, harbours and tides. ".repeat(20) + "What is a knot?").put("max_tokens", 1);

            assertThat(cached(server.chat(question.put("user", "ann")))).isZero();
            assertThat(cached(server.chat(question.put("user", "bob")))).isZero();
            assertThat(cached(server.chat(question.put("user", "ann")))).isPositive();
        }
    }

    private static int cached(JsonNode answer) {
        return answer.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1);
    }
}
