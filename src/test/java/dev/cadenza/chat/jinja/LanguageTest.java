package dev.cadenza.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cadenza.chat.TemplateError;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LanguageTest {
    private static final JsonMapper JSON = JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    private static final LocalDateTime NOW = LocalDateTime.parse("2026-01-02T03:04:05");

    private static String render(String source) {
        return Template.compile(source).render(Map.of(), NOW);
    }

    /** The first line holds the variables, each other one a template with the text that jinja2 3.1.6 on Python 3.11 renders, or that it fails. */
    @TestFactory
    Stream<DynamicTest> snippetsRenderAsInPython() throws Exception {
        List<String> lines;
        try (InputStream in = LanguageTest.class.getResourceAsStream("/chat/language.jsonl")) {
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> variables = (Map<String, Object>) JSON.readValue(lines.getFirst(), Map.class).get("vars");
        return lines.stream().skip(1).map(LanguageTest::read).map(example -> DynamicTest.dynamicTest((String) example.get("template"), () -> {
            String source = (String) example.get("template");
            if (example.get("text") == null) {
                assertThatThrownBy(() -> Template.compile(source).render(variables, NOW)).isInstanceOf(TemplateError.class);
            } else {
                assertThat(Template.compile(source).render(variables, NOW)).isEqualTo(example.get("text"));
            }
        }));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> read(String line) {
        try {
            return JSON.readValue(line, Map.class);
        } catch (java.io.IOException malformed) {
            throw new java.io.UncheckedIOException(malformed);
        }
    }

    @Test
    void blockTagsTakeTheirNewlineAndIndentation() {
        assertThat(render("a\n  {% if true %}\nb\n  {% endif %}\n{# c #}\nd\n")).isEqualTo("a\nb\nd");
        assertThat(render("a\n  {{ 1 }}\nb")).isEqualTo("a\n  1\nb");
        assertThat(render("a \n {{- 1 -}} \n b")).isEqualTo("a1b");
    }

    @Test
    void assignmentsInALoopStayThereAndNamespacesCarryThemOut() {
        assertThat(render("{% set a = 0 %}{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set a = i %}{% set ns.n = i %}{% endfor %}{{ a }}{{ ns.n }}"))
                .isEqualTo("02");
    }

    @Test
    void numbersPrintAsInPython() {
        assertThat(render("{{ 1e-7 }} {{ -0.0 }} {{ 1e16 }} {{ 0.1 + 0.2 }} {{ 5e-324 }} {{ 10 ** 20 }} {{ 7 / 2 }} {{ -7 // 2 }} {{ -7 % 3 }}"))
                .isEqualTo("1e-07 -0.0 1e+16 0.30000000000000004 5e-324 100000000000000000000 3.5 -4 2");
    }

    @Test
    void positionsCountCodePoints() {
        assertThat(render("{{ '\ud83d\ude00ab'[1] }}{{ '\ud83d\ude00ab'|length }}{{ '\ud83d\ude00ab'[::-1] }}")).isEqualTo("a3ba\ud83d\ude00");
    }

    @Test
    void messagesSayWhatIsMissing() {
        assertThatThrownBy(() -> render("{{ a.b }}")).hasMessage("'a' is undefined");
        assertThatThrownBy(() -> render("{{ {}.a.b }}")).hasMessage("'dict object' has no attribute 'a'");
        assertThatThrownBy(() -> render("x\n{% include 'y' %}")).hasMessageContaining("line 2").hasMessageContaining("not supported");
        assertThatThrownBy(() -> render("{{ 1|nosuch }}")).hasMessageContaining("No filter named 'nosuch'");
        assertThatThrownBy(() -> render("{% if 1 %}")).hasMessageContaining("unexpected end of template");
    }

    @Test
    void oneTemplateServesManyThreads() throws Exception {
        Template template = Template.compile("{% macro m(x) %}{{ x }}{% endmacro %}{% set ns = namespace(s=0) %}"
                + "{% for i in range(n) %}{% set ns.s = ns.s + i %}{% endfor %}{{ m(ns.s) }}");
        try (var threads = java.util.concurrent.Executors.newFixedThreadPool(8)) {
            var results = new java.util.ArrayList<java.util.concurrent.Future<String>>();
            for (int i = 0; i < 200; i++) {
                int n = i;
                results.add(threads.submit(() -> template.render(Map.of("n", n), NOW)));
            }
            for (int i = 0; i < 200; i++) {
                assertThat(results.get(i).get()).isEqualTo(String.valueOf(i * (i - 1) / 2));
            }
        }
    }
}
