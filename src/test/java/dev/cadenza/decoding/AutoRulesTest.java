package dev.cadenza.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.AutoRule.OfLoad;
import dev.cadenza.decoding.AutoRule.Range;
import dev.cadenza.decoding.AutoRule.Tools;
import dev.cadenza.decoding.AutoRule.When;
import dev.cadenza.decoding.Strategy.Guarantee;
import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.decoding.momentum.Momentum;
import dev.cadenza.sampling.SamplingParameters;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AutoRulesTest {

    @Test
    void theFirstRuleThatFitsDecides() throws Exception {
        var selector = new StrategySelector("auto", List.of(
                new AutoRule("cold", temperature(new Range(0, 0.5)), "standard", Map.of()),
                new AutoRule("long", promptTokens(Range.atLeast(100)), "speculative", Map.of("max_draft", "7")),
                new AutoRule("short answer", new When(Range.ANY, new Range(1, 20), Range.ANY, Tools.EITHER, OfLoad.ANY), "standard", Map.of())),
                Decodings.MODEL, AutoRulesTest::unread);

        assertThat(reason(selector, 500, 10, 0.5f)).isEqualTo("auto: cold");
        assertThat(reason(selector, 100, 10, 1)).isEqualTo("auto: long");
        assertThat(reason(selector, 99, 20, 1)).isEqualTo("auto: short answer");
        assertThat(reason(selector, 99, 21, 1)).isEqualTo("auto: no rule");
        assertThat(selector.select(new Wish(null, null, 100, 10, 1)).strategy()).isEqualTo(Decodings.speculative(Map.of("max_draft", 7)));
        assertThat(selector.select(new Wish(null, null, 1, 100, 1)).strategy().name()).isEqualTo("standard");
    }

    @Test
    void aRuleThatCannotServeARequestIsPassedOver() throws Exception {
        var selector = new StrategySelector("auto", List.of(new AutoRule("long", promptTokens(Range.atLeast(100)), "momentum", Map.of("alpha", "0.5")),
                new AutoRule("rest", When.ALWAYS, "speculative", Map.of())), Decodings.MODEL, AutoRulesTest::unread);
        var biased = new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(3, 1f));

        assertThat(selector.select(new Wish(null, null, 100, 10, 0))).isEqualTo(new Selection(new Momentum(0.5, 5, true), "auto: long", false));
        assertThat(reason(selector, 100, 10, 0.5f)).isEqualTo("auto: rest");
        assertThat(selector.select(new Wish(null, null, 100, 10, biased)).reason()).isEqualTo("auto: rest");
        assertThat(reason(selector, 99, 10, 0)).isEqualTo("auto: rest");
    }

    @Test
    void aRuleThatAsksOtherwisePassesOverAConversationThatCannotBe() throws Exception {
        var selector = new StrategySelector("auto", List.of(new AutoRule("hard", When.ALWAYS, "diff_adapt", Map.of("class", "hard"))), Decodings.MODEL,
                AutoRulesTest::unread);
        Wish.Prompts withoutUser = _ -> {
            throw new InvalidDecoding("messages", "invalid_value", "no user message");
        };

        assertThat(selector.select(new Wish(null, null, 5, 9, SamplingParameters.AS_IS, false, null, text -> new int[] {1, 2, text.length()})))
                .satisfies(selection -> {
                    assertThat(selection.reason()).isEqualTo("auto: hard");
                    assertThat(selection.strategy().name()).isEqualTo("diff_adapt");
                });
        assertThat(selector.select(new Wish(null, null, 5, 9, SamplingParameters.AS_IS, false, null, withoutUser)).reason())
                .isEqualTo("auto: no rule");
    }

    @Test
    void aRuleIsCheckedWithRequestsThatFitIt() throws Exception {
        for (Range temperatures : List.of(Range.atMost(0), new Range(0, 0.5), Range.ANY)) {
            var rule = new AutoRule("a", temperature(temperatures), "momentum", Map.of());

            assertThat(reason(new StrategySelector("auto", List.of(rule), Decodings.MODEL, AutoRulesTest::unread), 1, 1, 0)).isEqualTo("auto: a");
        }
        refused(new AutoRule("a", temperature(Range.atLeast(0.1)), "momentum", Map.of()),
                "cadenza.decoding.auto[1] (rule 'a'): `temperature` must be 0 with `decoding.strategy` = 'momentum', which is deterministic");
    }

    @Test
    void theLoadIsReadOncePerRequestAndSeenByEveryRule() throws Exception {
        AtomicInteger readings = new AtomicInteger();
        AtomicReference<Load> load = new AtomicReference<>(Load.NONE);
        var selector = new StrategySelector("auto", List.of(new AutoRule("cold", temperature(Range.atMost(0)), "standard", Map.of()),
                new AutoRule("queue", load(new OfLoad(Range.atLeast(10), Range.ANY, Range.ANY, 0.5)), "skip_decode", Map.of()),
                new AutoRule("batch", load(new OfLoad(Range.ANY, Range.atLeast(10), Range.ANY, 0.5)), "standard", Map.of())), Decodings.MODEL, () -> {
                    readings.incrementAndGet();
                    return load.get();
                });

        assertThat(reason(selector, 1, 1, 1)).isEqualTo("auto: no rule");
        load.set(new Load(10, 10, 0));
        assertThat(reason(selector, 1, 1, 0)).as("no rule that reads the load decides this one").isEqualTo("auto: cold");
        load.set(new Load(6, 6, 0));
        assertThat(reason(selector, 1, 1, 1)).as("but all have seen what it was").isEqualTo("auto: queue, by load");
        load.set(new Load(4, 6, 0));
        assertThat(reason(selector, 1, 1, 1)).isEqualTo("auto: batch, by load");
        assertThat(readings).hasValue(4);
        selector.select(new Wish(Map.of("strategy", "standard"), null, 1, 1, 1));
        assertThat(readings).as("a request that names its strategy reads nothing").hasValue(4);
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
                "cadenza.decoding.auto[1].strategy (rule 'a'): it must be one of [standard, speculative, skip_decode, cntp, momentum, diff_adapt, "
                        + "cyclic_reflex], got 'zap'");
        refused(rule("a", Range.ANY, "auto", Map.of()),
                "cadenza.decoding.auto[1].strategy (rule 'a'): it must be one of [standard, speculative, skip_decode, cntp, momentum, diff_adapt, "
                        + "cyclic_reflex], got 'auto'");
        refused(rule("a", backwards, "standard", Map.of()),
                "cadenza.decoding.auto[1].prompt-tokens-at-least (rule 'a'): it exceeds prompt-tokens-at-most");
        refused(rule("first", Range.ANY, "standard", Map.of()), "cadenza.decoding.auto[1].name (rule 'first'): a rule needs a name of its own");
        refused(rule(" ", Range.ANY, "standard", Map.of()), "cadenza.decoding.auto[1].name (rule ' '): a rule needs a name of its own");
        refusedLoad(new Range(3, 2), Range.ANY, Range.ANY, 0, "waiting-at-least", "it exceeds waiting-at-most");
        refusedLoad(Range.atLeast(-1), Range.ANY, Range.ANY, 0, "waiting-at-least", "it must be in [0, 2147483647], got -1.0");
        refusedLoad(Range.ANY, Range.atMost(-1), Range.ANY, 0, "running-at-most", "it must be in [0, 2147483647], got -1.0");
        refusedLoad(Range.ANY, Range.ANY, Range.atLeast(1.5), 0, "kv-used-at-least", "it must be in [0, 1], got 1.5");
        refusedLoad(Range.ANY, Range.ANY, Range.atLeast(Double.POSITIVE_INFINITY), 0, "kv-used-at-least", "it must be in [0, 1], got Infinity");
        refusedLoad(Range.atLeast(1), Range.ANY, Range.ANY, 1, "load-margin", "it must be in [0, 1), got 1.0");
        refusedLoad(Range.atLeast(1), Range.ANY, Range.ANY, -0.1, "load-margin", "it must be in [0, 1), got -0.1");
        refusedLoad(Range.ANY, Range.ANY, Range.atMost(0.9), 0.2, "kv-used-at-most",
                "once true it would hold for ever: 0.9 and its load-margin of 0.2 reach the whole memory");
        refused(rule("a", Range.ANY, "speculative", Map.of("max_draft", "99")),
                "cadenza.decoding.auto[1] (rule 'a'): `cadenza.decoding.auto[1].parameters.max_draft` must be in [1, 64], got 99");
        refused(rule("a", Range.ANY, "speculative", Map.of("zap", "1")),
                "cadenza.decoding.auto[1] (rule 'a'): `cadenza.decoding.auto[1].parameters.zap` is not a known parameter");
        refused(rule("a", Range.ANY, "speculative", Map.of("draft", "prediction")),
                "cadenza.decoding.auto[1] (rule 'a'): `cadenza.decoding.auto[1].parameters.draft` = 'prediction' needs the request's `prediction`, "
                        + "the text that is expected");
    }

    private static AutoRule rule(String name, Range promptTokens, String strategy, Map<String, String> parameters) {
        return new AutoRule(name, promptTokens(promptTokens), strategy, parameters);
    }

    private static When promptTokens(Range range) {
        return new When(range, Range.ANY, Range.ANY, Tools.EITHER, OfLoad.ANY);
    }

    private static When temperature(Range range) {
        return new When(Range.ANY, Range.ANY, range, Tools.EITHER, OfLoad.ANY);
    }

    private static When load(OfLoad load) {
        return new When(Range.ANY, Range.ANY, Range.ANY, Tools.EITHER, load);
    }

    private static Load unread() {
        throw new AssertionError("no rule reads the load");
    }

    private static String reason(StrategySelector selector, int promptTokens, int maxTokens, float temperature) throws InvalidDecoding {
        return selector.select(new Wish(null, null, promptTokens, maxTokens, temperature)).reason();
    }

    private static void refused(AutoRule rule, String message) {
        AutoRule first = rule("first", Range.ANY, "standard", Map.of());
        assertThatThrownBy(() -> new StrategySelector("auto", List.of(first, rule), Decodings.MODEL, AutoRulesTest::unread))
                .isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    private static void refusedLoad(Range waiting, Range running, Range kvUsed, double margin, String key, String message) {
        refused(new AutoRule("a", load(new OfLoad(waiting, running, kvUsed, margin)), "standard", Map.of()),
                "cadenza.decoding.auto[1].%s (rule 'a'): %s".formatted(key, message));
    }
}
