package dev.cadenza.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.AutoRule;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.decoding.Wish;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.scheduler.SchedulerStatistics;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules of {@code config/adaptive.yaml}. */
class AdaptiveRulesTest {
    private static final SchedulerStatistics IDLE = load(0, 0, 0);

    private SchedulerStatistics now = IDLE;
    private StrategySelector selector;

    @BeforeEach
    void theFileStartsAServer() throws Exception {
        var file = new YamlConfigSource(Path.of("config/adaptive.yaml").toUri().toURL());
        selector = ConfiguredStrategies.selector(Configs.config(file).decoding(), Decodings.MODEL, () -> now);
    }

    @Test
    void everyStrategyIsUsed() {
        assertThat(selector.catalogue().rules()).extracting(AutoRule::strategy)
                .containsAll(selector.catalogue().strategies().stream().map(StrategyDescription::name).toList());
    }

    @Test
    void everyRuleDecidesARequestOfItsOwn() throws Exception {
        Map<String, Selection> decided = new LinkedHashMap<>();
        for (Request request : List.of(new Request("tools", IDLE, wish(300, 2000, 0, true)),
                new Request("queue, by load", load(8, 32, 0.5), wish(600, 64, 0, false)),
                new Request("memory, by load", load(7, 10, 0.85), wish(600, 64, 0, false)),
                new Request("wide-batch, by load", load(0, 16, 0.5), wish(600, 64, 0, false)),
                new Request("long-prompt", load(0, 5, 0.5), wish(512, 200, 0.7f, false)), new Request("greedy", IDLE, wish(40, 8000, 0, false)),
                new Request("thinking", IDLE, wish(40, 2048, 0.7f, false)),
                new Request("careful, by load", load(0, 4, 0.1), wish(40, 256, 0.7f, false)),
                new Request("question", load(0, 5, 0.1), wish(40, 256, 0.7f, false)), new Request("history", IDLE, wish(300, 500, 0.3f, false)))) {
            now = IDLE;
            selector.select(Wish.NOTHING);
            now = request.load;

            Selection selection = selector.select(request.wish);

            assertThat(selection.reason()).isEqualTo("auto: " + request.rule);
            decided.put(request.rule.replace(", by load", ""), selection);
        }

        List<AutoRule> rules = selector.catalogue().rules();
        assertThat(new ArrayList<>(decided.keySet())).isEqualTo(rules.stream().map(AutoRule::name).toList());
        for (AutoRule rule : rules) {
            assertThat(decided.get(rule.name()).strategy().name()).as(rule.name()).isEqualTo(rule.strategy());
        }
    }

    @Test
    void aQueueThatShrinksStaysAQueueUntilItHasHalved() throws Exception {
        Wish wish = wish(40, 64, 1, false);
        for (int waiting : new int[] {8, 4}) {
            now = load(waiting, 32, 0.5);
            assertThat(selector.select(wish).reason()).as("%d wait", waiting).isEqualTo("auto: queue, by load");
        }
        now = load(3, 32, 0.5);
        assertThat(selector.select(wish).reason()).isEqualTo("auto: wide-batch, by load");
    }

    @Test
    void greedyRequestsThatMomentumCannotServeGoOnToTheNextRule() throws Exception {
        var penalised = new SamplingParameters(0, 0, 1, 0, 0.5f, 0, 1, Map.of());

        assertThat(selector.select(new Wish(null, null, 300, 100, penalised)).reason()).isEqualTo("auto: history");
    }

    private static Wish wish(int promptTokens, int maxTokens, float temperature, boolean tools) {
        return new Wish(null, null, promptTokens, maxTokens, SamplingParameters.AS_IS.at(temperature)).withTools(tools);
    }

    private static SchedulerStatistics load(int waiting, int running, double kvUsed) {
        return new SchedulerStatistics(running, waiting, Math.round(kvUsed * 1000), 1000, 0, 0, 0, 0, 0, 0, 0);
    }

    private record Request(String rule, SchedulerStatistics load, Wish wish) {
    }
}
