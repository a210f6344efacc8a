package dev.cadenza.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Real models' templates against what the transformers library renders; the corpus lies beside the repository or where CADENZA_SHARED says. */
class TemplateCorpusTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final LocalDateTime NOW = LocalDateTime.parse("2026-01-02T03:04:05");

    @Test
    void everyTemplateRendersAsTransformersDoes() throws IOException {
        // given
        String shared = System.getenv("CADENZA_SHARED");
        Path folder = (shared == null ? Path.of("../shared") : Path.of(shared)).resolve("reference/templates");
        assumeTrue(Files.isDirectory(folder), () -> "skipped: no template corpus at " + folder + " (set CADENZA_SHARED)");
        List<String> failures = new ArrayList<>();
        int[] plain = new int[2];
        int[] withTools = new int[2];

        // when
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.expected.json")) {
            for (Path file : files) {
                Map<String, Object> corpus = map(JSON.readValue(file.toFile(), Map.class));
                String name = file.getFileName().toString().replace(".expected.json", "");
                String source = Files.readString(folder.resolve(name + ".jinja"));
                for (Object each : (List<?>) corpus.get("cases")) {
                    Map<String, Object> example = map(each);
                    int[] count = example.get("tools") == null ? plain : withTools;
                    count[1]++;
                    if (matches(source, corpus, example)) {
                        count[0]++;
                    } else {
                        failures.add(name + " " + example.get("name"));
                    }
                }
            }
        }

        // then
        System.out.printf("template corpus: %d of %d without tools, %d of %d with tools%n", plain[0], plain[1], withTools[0], withTools[1]);
        assertThat(failures).isEmpty();
        assertThat(plain[1]).isPositive();
    }

    private static boolean matches(String source, Map<String, Object> corpus, Map<String, Object> example) {
        @SuppressWarnings("unchecked")
        List<Map<String, Object>> messages = (List<Map<String, Object>>) example.get("messages");
        Conversation conversation = new Conversation(messages, (List<?>) example.get("tools"), map(example.get("kwargs")),
                (Boolean) example.get("add_generation_prompt"), (String) corpus.get("bos_token"), (String) corpus.get("eos_token"), NOW);
        Map<String, Object> error = map(example.get("error"));
        try {
            return new ChatTemplate(source).render(conversation).equals(example.get("expected"));
        } catch (TemplateError refused) {
            return example.get("expected") == null
                    && (!"raise_exception".equals(error.get("kind")) || refused.getMessage().equals(error.get("message")));
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object json) {
        return json == null ? Map.of() : (Map<String, Object>) json;
    }
}
