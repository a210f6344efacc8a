package dev.cadenza.it;

import static dev.cadenza.it.RunningServer.ask;
import static dev.cadenza.it.RunningServer.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cadenza.RealModel;
import dev.cadenza.api.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers of their own: other processors, precisions, settings. */
class LifecycleIT {

    @Test
    void answersAreTheSameWhereOnlyAvx2IsThere() {
        var question = ask("Boats, ropes, harbours and tides. ".repeat(20) + "What is a knot?").put("temperature", 0.9).put("seed", 3).put("max_tokens", 60);
        String here;
        try (var server = RunningServer.start(Map.of())) {
            here = text(server.chat(question));
        }

        try (var server = RunningServer.start(Map.of("ATEN_CPU_CAPABILITY", "avx2", "ONEDNN_MAX_CPU_ISA", "AVX2", "MKL_CBWR", "AVX2,STRICT"))) {
            assertThat(text(server.chat(question))).isEqualTo(here);
            assertThat(text(server.chat(ask("What is the capital of France?").put("temperature", 0)))).isEqualTo("The capital of France is Paris.");
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

    @Test
    void aFileGivenAsAPathIsPackedOnceAndAnswersAlike(@TempDir Path folder) throws Exception {
        Path file = Files.copy(RealModel.path(), folder.resolve("own.gguf"));
        Map<String, String> home = Map.of("CADENZA_HOME", folder.resolve("home").toString());
        String[] options = {"--model", file.toString()};
        var question = ask("What is the capital of France?").put("model", "own").put("seed", 5).put("temperature", 0.8).put("max_tokens", 12);
        String first;
        Path packed;
        try (var server = RunningServer.start(home, options)) {
            first = text(server.chat(question));
            packed = awaitPacked(folder.resolve("home").resolve("packed"));
        }
        Files.setLastModifiedTime(packed, FileTime.fromMillis(0));

        try (var server = RunningServer.start(home, options)) {
            assertThat(text(server.chat(question))).isEqualTo(first);
            assertThat(Files.getLastModifiedTime(packed).toMillis()).as("taken, and noted as used").isPositive();
        }
    }

    private static Path awaitPacked(Path folder) {
        Eventually.within(60_000, "packed weights are in " + folder, () -> packed(folder).isPresent());
        return packed(folder).orElseThrow();
    }

    private static Optional<Path> packed(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".packed")).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int cached(JsonNode answer) {
        return answer.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1);
    }
}
