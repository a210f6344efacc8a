package dev.cadenza.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.chat.TemplateError;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SandboxTest {
    private static final LocalDateTime NOW = LocalDateTime.parse("2026-01-02T03:04:05");

    private static String render(String source) {
        return Template.compile(source).render(Map.of(), NOW);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(9000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(9000) %}{% set ns.x = ns.x|map('string') %}{% endfor %}{{ ns.x|list }}",
            "{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}",
            "{{ 10 ** 10000000 }}", "{{ 'a' * 1000000000000 }}", "{{ [1] * 1000000000 }}", "{{ range(10 ** 9) }}",
            "{{ '%999999999d' % 1 }}", "{{ '{:999999999}'.format(1) }}", "{{ '%.999999999f' % 1.5 }}", "{{ 'a'.center(999999999) }}",
            "{{ 'a'.zfill(999999999) }}", "{{ 'a'|indent(999999999) }}", "{{ [1]|tojson(indent=999999999) }}", "{{ [1]|batch(999999999, 'x')|list }}",
            "{{ ('a' * 100000)|replace('a', 'b' * 100000) }}", "{{ range(100000)|join('x' * 100000) }}", "{{ 10 ** 4400 }}",
            "{{ 'a' * 4000000 in 'a' * 8000000 }}",
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
            "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{{ '{:c}'.format(99999999999999) }}", "{{ [].append(1) }}", "{{ {}.pop('a') }}", "{{ ''.__class__.__mro__ }}"})
    void hostileTemplatesFailWithinTheirLimits(String source) {
        assertThatThrownBy(() -> render(source)).isInstanceOf(TemplateError.class);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "..", value = {"(..)", "[..]", "{1:..}", "a(..)", "-..''", "'not '..''", "'1 if 0 else '..''"})
    void deepNestingIsRefusedAndNotAStackOverflow(String open, String close) {
        assertThatThrownBy(() -> Template.compile("{{ " + open.repeat(100_000) + "1" + close.repeat(100_000) + " }}")).isInstanceOf(TemplateError.class)
                .hasMessageContaining("nested deeper");
    }

    @ParameterizedTest
    @ValueSource(strings = {" + 1", ".b", "|upper", "[0]", "()", " and 1"})
    void longChainsAreRefusedAndNotAStackOverflow(String link) {
        assertThatThrownBy(() -> Template.compile("{% macro m() %}{{ 1" + link.repeat(100_000) + " }}{% endmacro %}")).isInstanceOf(TemplateError.class);
    }

    @Test
    void nestingWithinTheLimitsRuns() {
        assertThat(render("{{ " + "(".repeat(90) + "1" + ")".repeat(90) + " }}")).isEqualTo("1");
        assertThat(render("{{ 0" + " + 1".repeat(300) + " }}")).isEqualTo("300");
        assertThat(render("{% macro a(n) %}{% if n %}{{ a(n - 1) }}{% else %}end{% endif %}{% endmacro %}{{ a(100) }}")).isEqualTo("end");
    }

    @Test
    void randomSourcesNeverEscapeTheError() {
        String[] pieces = {"{{", "}}", "{%", "%}", "{#", "#}", "-", " if ", " for ", " in ", " else ", "endif", "endfor", "set", "x", "=", "(", ")", "[", "]",
            "{", "}", "|", "upper", "join", "is", " defined", "'", "a", "1", ".", ",", ":", "~", "**", "\n", " ", "macro", "loop", "\\"};
        int[] rendered = new int[1];
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            StringBuilder source = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                source.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                render(source.toString());
                rendered[0]++;
            } catch (TemplateError expected) {
                assertThat(expected).as("seed %d", seed).hasMessageMatching("(?s).+");
            } catch (RuntimeException | StackOverflowError escaped) {
                throw new AssertionError("seed " + seed + ": " + source, escaped);
            }
        }
        assertThat(rendered[0]).isPositive();
    }
}
