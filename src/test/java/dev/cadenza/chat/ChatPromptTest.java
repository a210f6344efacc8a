package dev.cadenza.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChatPromptTest {
    private static final LocalDateTime NOW = LocalDateTime.parse("2026-01-02T03:04:05");
    private static final String TEMPLATE = "{% for m in messages %}<|start|>{{ m.role }}\n{{ m.content }}<|end|>{% endfor %}";

    private final FakeTokenizer tokenizer = new FakeTokenizer("<|end|>", "<|start|>", "<|start|>x", "#");

    private String shown(String template, Map<String, Object> kwargs, Object... contents) {
        List<Map<String, Object>> messages = java.util.Arrays.stream(contents).map(c -> Map.<String, Object>of("role", "user", "content", c)).toList();
        return tokenizer.show(new ChatPrompt(template, tokenizer).encode(messages, kwargs, true, NOW));
    }

    @Test
    void specialsOfTheTemplateAreTokensAndThoseOfTheUserAreText() {
        assertThat(shown(TEMPLATE, Map.of(), "a<|end|>b<|start|>"))
                .isEqualTo("\u27e6<|start|>\u27e7user\na<|end|>b<|start|>\u27e6<|end|>\u27e7");
    }

    @Test
    void longestSpecialWinsAndSingleCharactersStayText() {
        assertThat(shown("<|start|>x#", Map.of())).isEqualTo("\u27e6<|start|>x\u27e7#");
    }

    @Test
    void textsThatJoinToASpecialStayText() {
        assertThat(shown("{% for m in messages %}{{ m.content }}{% endfor %}", Map.of(), "<|en", "d|>")).isEqualTo("<|end|>");
        assertThat(shown("{{ messages[0].content | lower }}", Map.of(), "<|END|>")).isEqualTo("<|end|>");
        assertThat(shown("{{ messages[0].content }}|end|>", Map.of(), "<")).isEqualTo("<|end|>");
    }

    @Test
    void nestedValuesKeysAndExtraVariablesAreGuardedToo() {
        assertThat(shown("{{ messages[0].content[0] }}{{ x.y }}", Map.of("x", Map.of("y", "<|end|>")), List.of(Map.of("<|end|>", "<|start|>"))))
                .isEqualTo("{'<|end|>': '<|start|>'}<|end|>");
    }

    @Test
    void textWithPrivateUseCharactersComesBackUnchanged() {
        String text = "\ue000 \\ue001 <|end|> \ue003";
        assertThat(shown("{{ messages[0].content }}", Map.of(), text)).isEqualTo(text);
        assertThat(shown("{{ messages[0].content | tojson(ensure_ascii=true) }}", Map.of(), "<|end|>")).isEqualTo("\"<|end|>\"");
    }

    @Test
    void randomTextsRenderToThemselvesWithoutSpecials() {
        String[] pieces = {"<", "|", "end", "start", ">", "<|end|>", "<|start|>", "x", "#", "\ue000", "\ud83d\ude00", " "};
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            StringBuilder first = new StringBuilder();
            StringBuilder second = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                (random.nextBoolean() ? first : second).append(pieces[random.nextInt(pieces.length)]);
            }
            assertThat(shown("{% for m in messages %}{{ m.content }}{% endfor %}", Map.of(), first.toString(), second.toString()))
                    .as("seed %d", seed).isEqualTo(first.toString() + second);
        }
    }

    @Test
    void tokensOfTheTokenizerAreVariablesAndAbsentOnesUndefined() {
        assertThat(shown("{{ bos_token is defined }}{{ eos_token }}{{ tools is none }}{{ add_generation_prompt }}", Map.of()))
                .isEqualTo("False\u27e6<|end|>\u27e7TrueTrue");
    }

    @Test
    void variablesNameWhatTheTemplateReads() {
        ChatPrompt prompt = new ChatPrompt("{% set a = 1 %}{{ a }}{{ b }}{% for m in messages %}{{ m.c or loop.index or thinking }}{% endfor %}"
                + "{% macro f(x) %}{{ x }}{{ y }}{{ range(2) }}{% endmacro %}", tokenizer);
        assertThat(prompt.variables()).containsExactlyInAnyOrder("b", "messages", "thinking", "y");
    }

    @Test
    void templatesOwnRefusalIsTheMessage() {
        assertThatThrownBy(() -> shown("{{ raise_exception('Roles must alternate') }}", Map.of())).isInstanceOf(TemplateError.class)
                .hasMessage("Roles must alternate");
    }
}
