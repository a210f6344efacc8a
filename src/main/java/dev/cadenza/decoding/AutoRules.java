package dev.cadenza.decoding;

import dev.cadenza.decoding.Strategy.Guarantee;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules of {@code auto}, checked. The first that fits a request decides. Immutable; any thread. */
final class AutoRules {
    static final String KEY = "cadenza.decoding.auto";

    private final List<Ready> rules;

    private AutoRules(List<Ready> rules) {
        this.rules = List.copyOf(rules);
    }

    /** @throws IllegalArgumentException a rule is of no use; the message names its key and the rule */
    static AutoRules of(List<AutoRule> rules, Families families, ModelTraits model) {
        List<Ready> ready = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < rules.size(); i++) {
            AutoRule rule = rules.get(i);
            String key = "%s[%d]".formatted(KEY, i);
            check(!rule.name().isBlank() && names.add(rule.name()), key + ".name", rule, "a rule needs a name of its own");
            check(!rule.promptTokens().isEmpty(), key + ".prompt-tokens-at-least", rule, "it exceeds prompt-tokens-at-most");
            check(!rule.maxTokens().isEmpty(), key + ".max-tokens-at-least", rule, "it exceeds max-tokens-at-most");
            check(!rule.temperature().isEmpty(), key + ".temperature-at-least", rule, "it exceeds temperature-at-most");
            StrategyFamily family = families.named(rule.strategy()).orElseThrow(() -> refusal(key + ".strategy", rule,
                    "it must be one of %s, got '%s'".formatted(families.names(), rule.strategy())));
            ready.add(new Ready(rule, strategy(key, rule, family, model)));
        }
        return new AutoRules(ready);
    }

    private static Strategy strategy(String key, AutoRule rule, StrategyFamily family, ModelTraits model) {
        try {
            JsonFields parameters = JsonFields.ofTexts(key + ".parameters", rule.parameters());
            Strategy strategy = family.parse(parameters, Wish.NOTHING, model);
            parameters.refuseUnread();
            return strategy;
        } catch (InvalidDecoding e) {
            throw refusal(key, rule, e.getMessage());
        }
    }

    private static void check(boolean right, String key, AutoRule rule, String message) {
        if (!right) {
            throw refusal(key, rule, message);
        }
    }

    private static IllegalArgumentException refusal(String key, AutoRule rule, String message) {
        return new IllegalArgumentException("%s (rule '%s'): %s".formatted(key, rule.name(), message));
    }

    /** What the rules say to a request; {@code otherwise} when none fits. */
    Choice choose(Wish wish, Strategy otherwise) {
        for (Ready ready : rules) {
            if (ready.rule.fits(wish)) {
                return new Choice(ready.strategy, "auto: " + ready.rule.name());
            }
        }
        return new Choice(otherwise, "auto: no rule");
    }

    /** Of the rule that promises least. */
    Guarantee guarantee() {
        return rules.stream().map(ready -> ready.strategy.guarantee()).max(Comparator.naturalOrder()).orElse(Guarantee.LOSSLESS);
    }

    List<AutoRule> rules() {
        return rules.stream().map(Ready::rule).toList();
    }

    /** @param reason for the report */
    record Choice(Strategy strategy, String reason) {
    }

    private record Ready(AutoRule rule, Strategy strategy) {
    }
}
