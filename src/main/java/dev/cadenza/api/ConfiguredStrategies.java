package dev.cadenza.api;

import dev.cadenza.decoding.AutoRule;
import dev.cadenza.decoding.AutoRule.OfLoad;
import dev.cadenza.decoding.AutoRule.Range;
import dev.cadenza.decoding.AutoRule.Tools;
import dev.cadenza.decoding.Load;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.Routing;
import dev.cadenza.scheduler.SchedulerStatistics;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** {@code cadenza.decoding} as a selector. */
public final class ConfiguredStrategies {
    private ConfiguredStrategies() {
    }

    /**
     * @param scheduler its statistics, which rules may read; asked by any thread
     * @throws IllegalArgumentException a value is of no use; the message names its key
     */
    public static StrategySelector selector(CadenzaConfig.Decoding config, ModelTraits model, Supplier<SchedulerStatistics> scheduler) {
        List<AutoRule> rules = config.auto().stream().map(ConfiguredStrategies::rule).toList();
        return new StrategySelector(config.defaultStrategy(), rules.isEmpty() ? AutoRule.BUILT_IN : rules, model, () -> load(scheduler.get()));
    }

    private static Load load(SchedulerStatistics now) {
        return new Load(now.waiting(), now.running(), now.kvBytesTotal() == 0 ? 0 : (double) now.kvBytesUsed() / now.kvBytesTotal());
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
        var load = new OfLoad(range(rule.waitingAtLeast(), rule.waitingAtMost()), range(rule.runningAtLeast(), rule.runningAtMost()),
                range(rule.kvUsedAtLeast(), rule.kvUsedAtMost()), rule.loadMargin());
        var when = new AutoRule.When(range(rule.promptTokensAtLeast(), rule.promptTokensAtMost()),
                range(rule.maxTokensAtLeast(), rule.maxTokensAtMost()), range(rule.temperatureAtLeast(), rule.temperatureAtMost()),
                rule.tools().map(brought -> brought ? Tools.WITH : Tools.WITHOUT).orElse(Tools.EITHER), load);
        return new AutoRule(rule.name(), when, rule.strategy(), rule.parameters());
    }

    private static Range range(OptionalDouble least, OptionalDouble most) {
        return new Range(least.orElse(Range.ANY.least()), most.orElse(Range.ANY.most()));
    }

    private static Range range(OptionalInt least, OptionalInt most) {
        return new Range(least.isPresent() ? least.getAsInt() : Range.ANY.least(), most.isPresent() ? most.getAsInt() : Range.ANY.most());
    }
}
