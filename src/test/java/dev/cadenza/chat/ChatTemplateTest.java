package dev.cadenza.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChatTemplateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final LocalDateTime NOW = LocalDateTime.parse("2026-01-02T03:04:05");

    private static String render(String template, Map<String, Object> message) {
        return new ChatTemplate(template).render(new Conversation(List.of(message), null, Map.of(), false, null, null, NOW));
    }

    @Test
    void keysWithoutValueAreDropped() {
        Map<String, Object> message = new HashMap<>();
        message.put("role", "assistant");
        message.put("content", null);
        assertThat(render("{{ messages[0].content is defined }}", message)).isEqualTo("False");
    }

    @Test
    void nullsInsideValuesStay() {
        Map<String, Object> part = new HashMap<>();
        part.put("a", null);
        assertThat(render("{{ messages[0].content }}", Map.of("content", part))).isEqualTo("{'a': None}");
    }

    @Test
    void reasoningIsFoundUnderBothNames() {
        String template = "{{ messages[0].reasoning_content }}|{{ messages[0].thinking }}";
        assertThat(render(template, Map.of("reasoning", "r"))).isEqualTo("r|r");
        assertThat(render(template, Map.of("reasoning", "r", "thinking", "t"))).isEqualTo("t|t");
        assertThat(render(template, Map.of("reasoning_content", "c", "thinking", "t"))).isEqualTo("c|t");
    }

    @Test
    void extraVariablesWin() {
        Conversation conversation = new Conversation(List.of(), null, Map.of("bos_token", "B", "tools", List.of(1)), false, "b", null, NOW);
        assertThat(new ChatTemplate("{{ bos_token }}{{ tools }}{{ documents }}").render(conversation)).isEqualTo("B[1]None");
    }

    @TestFactory
    Stream<DynamicTest> defaultModelsTemplateRendersAsTheReference() throws Exception {
        String source = resource("/chat/smollm2.jinja");
        ChatTemplate template = new ChatTemplate(source);
        return resource("/chat/smollm2.jsonl").lines().map(ChatTemplateTest::read).map(example -> DynamicTest.dynamicTest(
                example.get("name").asText(), () -> {
                    List<Map<String, Object>> messages = JSON.convertValue(example.get("messages"), JSON.getTypeFactory()
                            .constructCollectionType(List.class, Map.class));
                    String text = template.render(new Conversation(messages, null, Map.of(), true, "<|im_start|>", "<|im_end|>", NOW));
                    assertThat(text).isEqualTo(example.get("rendered").asText());
                }));
    }

    private static JsonNode read(String line) {
        try {
            return JSON.readTree(line);
        } catch (java.io.IOException malformed) {
            throw new java.io.UncheckedIOException(malformed);
        }
    }

    private static String resource(String name) throws java.io.IOException {
        try (InputStream in = ChatTemplateTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
