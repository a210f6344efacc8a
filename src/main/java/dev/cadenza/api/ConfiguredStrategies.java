package dev.cadenza.api;

import dev.cadenza.decoding.AutoRule;
import dev.cadenza.decoding.AutoRule.Range;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Routing;
import java.util.List;
import java.util.OptionalInt;

/** {@code cadenza.decoding} as a selector. */
public final class ConfiguredStrategies {
    private ConfiguredStrategies() {
    }

    /** @throws IllegalArgumentException a value is of no use; the message names its key */
    public static StrategySelector selector(CadenzaConfig.Decoding config, ModelTraits model) {
        List<AutoRule> rules = config.auto().stream().map(ConfiguredStrategies::rule).toList();
        return new StrategySelector(config.defaultStrategy(), rules.isEmpty() ? AutoRule.BUILT_IN : rules, model);
    }

    /** @throws IllegalArgumentException a value is of no use; the message names its key */
    public static Routing routing(CadenzaConfig.DiffAdapt config) {
        try {
            return new Routing(List.of(setting(config.easy(), Difficulty.EASY), setting(config.normal(), Difficulty.NORMAL),
                    setting(config.hard(), Difficulty.HARD)), null, config.leastConfidence(), config.reasoningEffort());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("cadenza.decoding.diff-adapt: " + e.getMessage(), e);
        }
    }

    private static Routing.Setting setting(CadenzaConfig.DifficultyClass config, Difficulty difficulty) {
        Routing.Setting byDefault = Routing.SETTINGS.get(difficulty.ordinal());
        try {
            return new Routing.Setting(config.text().orElse(byDefault.text()), config.temperature().orElse(byDefault.temperature()),
                    config.budget().orElse(byDefault.budget()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(difficulty.wireName() + ": " + e.getMessage(), e);
        }
    }

    private static AutoRule rule(CadenzaConfig.AutoRule rule) {
        return new AutoRule(rule.name(), range(rule.promptTokensAtLeast(), rule.promptTokensAtMost()),
                range(rule.maxTokensAtLeast(), rule.maxTokensAtMost()),
                new Range(rule.temperatureAtLeast().orElse(Range.ANY.least()), rule.temperatureAtMost().orElse(Range.ANY.most())), rule.strategy(),
                rule.parameters());
    }

    private static Range range(OptionalInt least, OptionalInt most) {
        return new Range(least.isPresent() ? least.getAsInt() : Range.ANY.least(), most.isPresent() ? most.getAsInt() : Range.ANY.most());
    }
}
