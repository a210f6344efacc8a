package dev.cadenza.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.AutoRule.Range;
import dev.cadenza.decoding.Strategy.Guarantee;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AutoRulesTest {

    @Test
    void theFirstRuleThatFitsDecides() throws Exception {
        var selector = new StrategySelector("auto", List.of(
                new AutoRule("cold", Range.ANY, Range.ANY, new Range(0, 0.5), "standard", Map.of()),
                new AutoRule("long", new Range(100, Range.ANY.most()), Range.ANY, Range.ANY, "speculative", Map.of("max_draft", "7")),
                new AutoRule("short answer", Range.ANY, new Range(1, 20), Range.ANY, "standard", Map.of())), Decodings.MODEL);

        assertThat(reason(selector, 500, 10, 0.5f)).isEqualTo("auto: cold");
        assertThat(reason(selector, 100, 10, 1)).isEqualTo("auto: long");
        assertThat(reason(selector, 99, 20, 1)).isEqualTo("auto: short answer");
        assertThat(reason(selector, 99, 21, 1)).isEqualTo("auto: no rule");
        assertThat(selector.select(new Wish(null, null, 100, 10, 1)).strategy()).isEqualTo(Decodings.speculative(Map.of("max_draft", 7)));
        assertThat(selector.select(new Wish(null, null, 1, 100, 1)).strategy().name()).isEqualTo("standard");
    }

    @Test
    void builtInRulesAreLosslessAndHaveARuleForEveryRequest() throws Exception {
        var selector = new StrategySelector("auto", Decodings.MODEL);
        for (float temperature : new float[] {0, 1, 2}) {
            StrategySelector.Selection selection = selector.select(new Wish(null, null, 1, 1, temperature));

            assertThat(selection.strategy().guarantee()).isEqualTo(Guarantee.LOSSLESS);
            assertThat(selection.reason()).isEqualTo("auto: history");
        }
    }

    @Test
    void aRuleOfNoUseIsNamedWithItsKey() {
        Range backwards = new Range(3, 2);
        refused(rule("a", Range.ANY, "zap", Map.of()),
                "cadenza.decoding.auto[1].strategy (rule 'a'): it must be one of [standard, speculative, skip_decode, cntp, momentum, diff_adapt, cyclic_reflex], got 'zap'");
        refused(rule("a", Range.ANY, "auto", Map.of()),
                "cadenza.decoding.auto[1].strategy (rule 'a'): it must be one of [standard, speculative, skip_decode, cntp, momentum, diff_adapt, cyclic_reflex], got 'auto'");
        refused(rule("a", backwards, "standard", Map.of()),
                "cadenza.decoding.auto[1].prompt-tokens-at-least (rule 'a'): it exceeds prompt-tokens-at-most");
        refused(rule("first", Range.ANY, "standard", Map.of()), "cadenza.decoding.auto[1].name (rule 'first'): a rule needs a name of its own");
        refused(rule(" ", Range.ANY, "standard", Map.of()), "cadenza.decoding.auto[1].name (rule ' '): a rule needs a name of its own");
        refused(rule("a", Range.ANY, "speculative", Map.of("max_draft", "99")),
                "cadenza.decoding.auto[1] (rule 'a'): `cadenza.decoding.auto[1].parameters.max_draft` must be in [1, 64], got 99");
        refused(rule("a", Range.ANY, "speculative", Map.of("zap", "1")),
                "cadenza.decoding.auto[1] (rule 'a'): `cadenza.decoding.auto[1].parameters.zap` is not a known parameter");
        refused(rule("a", Range.ANY, "speculative", Map.of("draft", "prediction")),
                "cadenza.decoding.auto[1] (rule 'a'): `cadenza.decoding.auto[1].parameters.draft` = 'prediction' needs the request's `prediction`, "
                        + "the text that is expected");
    }

    private static AutoRule rule(String name, Range promptTokens, String strategy, Map<String, String> parameters) {
        return new AutoRule(name, promptTokens, Range.ANY, Range.ANY, strategy, parameters);
    }

    private static String reason(StrategySelector selector, int promptTokens, int maxTokens, float temperature) throws InvalidDecoding {
        return selector.select(new Wish(null, null, promptTokens, maxTokens, temperature)).reason();
    }

    private static void refused(AutoRule rule, String message) {
        AutoRule first = rule("first", Range.ANY, "standard", Map.of());
        assertThatThrownBy(() -> new StrategySelector("auto", List.of(first, rule), Decodings.MODEL)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
