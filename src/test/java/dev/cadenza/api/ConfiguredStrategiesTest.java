package dev.cadenza.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.AutoRule;
import dev.cadenza.decoding.AutoRule.Tools;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.Wish;
import dev.cadenza.scheduler.SchedulerStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
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
    void aTemperatureIsAsRoundAsARequestSendsIt() throws Exception {
        StrategySelector selector = selector(with(Map.of("cadenza.decoding.auto[0].temperature-at-least", "0.7",
                "cadenza.decoding.auto[0].temperature-at-most", "1.1")));

        assertThat(selector.select(new Wish(null, null, 1, 1, 0.7f)).reason()).isEqualTo("auto: long");
        assertThat(selector.select(new Wish(null, null, 1, 1, 1.1f)).reason()).isEqualTo("auto: long");
        assertThat(selector.select(new Wish(null, null, 1, 1, 0.69f)).reason()).isEqualTo("auto: no rule");
    }

    @Test
    void rulesMayAskForTools() throws Exception {
        Wish with = Wish.NOTHING.withTools(true);
        for (boolean asked : new boolean[] {true, false}) {
            StrategySelector selector = selector(with(Map.of("cadenza.decoding.auto[0].tools", Boolean.toString(asked))));

            assertThat(selector.select(asked ? with : Wish.NOTHING).reason()).isEqualTo("auto: long");
            assertThat(selector.select(asked ? Wish.NOTHING : with).reason()).isEqualTo("auto: no rule");
        }
        assertThat(selector(RULE).catalogue().rules().getFirst().when().tools()).isEqualTo(Tools.EITHER);
    }

    @Test
    void rulesReadTheSchedulersQueueBatchAndMemory() throws Exception {
        AtomicReference<SchedulerStatistics> now = new AtomicReference<>();
        for (String key : List.of("waiting-at-least,5", "running-at-least,7", "kv-used-at-least,0.25")) {
            String[] condition = key.split(",");
            StrategySelector selector = ConfiguredStrategies.selector(
                    Configs.config(with(Map.of("cadenza.decoding.auto[0]." + condition[0], condition[1]))).decoding(), Decodings.MODEL, now::get);

            now.set(statistics(4, 6, 24));
            assertThat(selector.select(Wish.NOTHING).reason()).as(key).isEqualTo("auto: no rule");
            now.set(statistics(5, 7, 25));
            assertThat(selector.select(Wish.NOTHING).reason()).as(key).isEqualTo("auto: long, by load");
            now.set(statistics(4, 6, 20));
            assertThat(selector.select(Wish.NOTHING).reason()).as(key + ", at the edge of its margin of a fifth").isEqualTo("auto: long, by load");
            now.set(statistics(3, 5, 19));
            assertThat(selector.select(Wish.NOTHING).reason()).as(key).isEqualTo("auto: no rule");
        }
        for (String key : List.of("waiting-at-most,5", "running-at-most,7", "kv-used-at-most,0.25")) {
            String[] condition = key.split(",");
            var values = with(Map.of("cadenza.decoding.auto[0]." + condition[0], condition[1], "cadenza.decoding.auto[0].load-margin", "0"));
            StrategySelector selector = ConfiguredStrategies.selector(Configs.config(values).decoding(), Decodings.MODEL, now::get);

            now.set(statistics(5, 7, 25));
            assertThat(selector.select(Wish.NOTHING).reason()).as(key).isEqualTo("auto: long, by load");
            now.set(statistics(6, 8, 26));
            assertThat(selector.select(Wish.NOTHING).reason()).as(key + ", without a margin").isEqualTo("auto: no rule");
        }
    }

    private static SchedulerStatistics statistics(int waiting, int running, long kvBytesUsed) {
        return new SchedulerStatistics(running, waiting, kvBytesUsed, 100, 0, 0, 0, 0, 0, 100 - kvBytesUsed, 0);
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
        assertThatThrownBy(() -> selector(with(Map.of("cadenza.decoding.auto[0].kv-used-at-least", "20"))))
                .hasMessage("cadenza.decoding.auto[0].kv-used-at-least (rule 'long'): it must be in [0, 1], got 20.0");
        assertThatThrownBy(() -> Configs.config(with(Map.of("cadenza.decoding.auto[0].tools-at-least", "1"))))
                .hasMessageContaining("cadenza.decoding.auto[0].tools-at-least");
    }

    private static StrategySelector selector(Map<String, String> values) {
        return ConfiguredStrategies.selector(Configs.config(values).decoding(), Decodings.MODEL, () -> statistics(0, 0, 0));
    }

    private static Map<String, String> with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(RULE);
        all.putAll(more);
        return all;
    }
}
