package dev.cadenza.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.AutoRule;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.Wish;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfiguredStrategiesTest {
    private static final Map<String, String> RULE = Map.of("cadenza.decoding.auto[0].name", "long",
            "cadenza.decoding.auto[0].strategy", "speculative");

    @Test
    void withoutRulesTheBuiltInOnesChoose() throws Exception {
        StrategySelector selector = selector(Map.of());

        assertThat(selector.catalogue().rules()).isEqualTo(AutoRule.BUILT_IN);
        assertThat(selector.catalogue().byDefault()).isEqualTo("auto");
        assertThat(selector.select(Wish.NOTHING).reason()).isEqualTo("auto: history");
    }

    @Test
    void rulesHaveTheirConditionsAndTypedParameters() throws Exception {
        StrategySelector selector = selector(with(Map.of("cadenza.decoding.auto[0].prompt-tokens-at-least", "100",
                "cadenza.decoding.auto[0].prompt-tokens-at-most", "200", "cadenza.decoding.auto[0].max-tokens-at-least", "10",
                "cadenza.decoding.auto[0].max-tokens-at-most", "20", "cadenza.decoding.auto[0].temperature-at-least", "0.5",
                "cadenza.decoding.auto[0].temperature-at-most", "1.5", "cadenza.decoding.auto[0].parameters.draft", "prompt_lookup",
                "cadenza.decoding.auto[0].parameters.max_draft", "7")));

        assertThat(selector.select(new Wish(null, null, 100, 20, 1.5f)).strategy())
                .isEqualTo(Decodings.speculative(Map.of("draft", "prompt_lookup", "max_draft", 7)));
        for (Wish outside : new Wish[] {new Wish(null, null, 99, 20, 1), new Wish(null, null, 201, 20, 1), new Wish(null, null, 100, 9, 1),
                new Wish(null, null, 100, 21, 1), new Wish(null, null, 100, 20, 0.25f), new Wish(null, null, 100, 20, 1.75f)}) {
            assertThat(selector.select(outside).reason()).as(outside.toString()).isEqualTo("auto: no rule");
        }
    }

    @Test
    void whatIsWrongStopsTheStartUpNamingTheKeyAndTheRule() {
        assertThatThrownBy(() -> selector(with(Map.of("cadenza.decoding.auto[0].parameters.max_draft", "many"))))
                .hasMessageContaining("cadenza.decoding.auto[0]").hasMessageContaining("'long'")
                .hasMessageContaining("`cadenza.decoding.auto[0].parameters.max_draft` must be an integer, got 'many'");
        assertThatThrownBy(() -> Configs.config(with(Map.of("cadenza.decoding.auto[0].prompt-tokens", "1"))))
                .hasMessageContaining("cadenza.decoding.auto[0].prompt-tokens");
        assertThatThrownBy(() -> Configs.config(Map.of("cadenza.decoding.auto[0].name", "long")))
                .hasMessageContaining("cadenza.decoding.auto[0].strategy");
    }

    private static StrategySelector selector(Map<String, String> values) {
        return ConfiguredStrategies.selector(Configs.config(values).decoding(), Decodings.MODEL);
    }

    private static Map<String, String> with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(RULE);
        all.putAll(more);
        return all;
    }
}
