package dev.cadenza.decoding;

import dev.cadenza.decoding.AutoRule.OfLoad;
import dev.cadenza.decoding.AutoRule.Range;
import dev.cadenza.decoding.Strategy.Guarantee;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The rules of {@code auto}, checked. The first that fits a request, and whose strategy can serve it, decides. Any thread. */
final class AutoRules {
    static final String KEY = "cadenza.decoding.auto";
    private static final String BY_LOAD = ", by load";

    private final List<Ready> rules;
    private final Supplier<Load> load;
    private final boolean readsLoad;

    private AutoRules(List<Ready> rules, Supplier<Load> load) {
        this.rules = List.copyOf(rules);
        this.load = load;
        this.readsLoad = rules.stream().anyMatch(ready -> ready.rule.when().load().reads());
    }

    /**
     * @param load asked once per request, where there is a rule that reads it
     * @throws IllegalArgumentException a rule is of no use; the message names its key and the rule
     */
    static AutoRules of(List<AutoRule> rules, Families families, ModelTraits model, Supplier<Load> load) {
        List<Ready> ready = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < rules.size(); i++) {
            AutoRule rule = rules.get(i);
            String key = "%s[%d]".formatted(KEY, i);
            check(!rule.name().isBlank() && names.add(rule.name()), key + ".name", rule, "a rule needs a name of its own");
            checkConditions(key, rule);
            StrategyFamily family = families.named(rule.strategy()).orElseThrow(() -> refusal(key + ".strategy", rule,
                    "it must be one of %s, got '%s'".formatted(families.names(), rule.strategy())));
            ready.add(new Ready(rule, key, family, model, guarantee(key, rule, family, model), new LoadGate(rule.when().load())));
        }
        return new AutoRules(ready, load);
    }

    private static void checkConditions(String key, AutoRule rule) {
        AutoRule.When when = rule.when();
        OfLoad load = when.load();
        checkOrder(key, rule, "prompt-tokens", when.promptTokens());
        checkOrder(key, rule, "max-tokens", when.maxTokens());
        checkOrder(key, rule, "temperature", when.temperature());
        checkOrder(key, rule, "waiting", load.waiting());
        checkOrder(key, rule, "running", load.running());
        checkOrder(key, rule, "kv-used", load.kvUsed());
        checkBounds(key, rule, "waiting", load.waiting(), Integer.MAX_VALUE);
        checkBounds(key, rule, "running", load.running(), Integer.MAX_VALUE);
        checkBounds(key, rule, "kv-used", load.kvUsed(), 1);
        check(load.margin() >= 0 && load.margin() < 1, key + ".load-margin", rule, "it must be in [0, 1), got " + load.margin());
        double most = load.kvUsed().most();
        check(!(most < 1 && most * (1 + load.margin()) >= 1), key + ".kv-used-at-most", rule,
                "once true it would hold for ever: %s and its load-margin of %s reach the whole memory".formatted(most, load.margin()));
    }

    private static void checkOrder(String key, AutoRule rule, String name, Range range) {
        check(!range.isEmpty(), "%s.%s-at-least".formatted(key, name), rule, "it exceeds %s-at-most".formatted(name));
    }

    private static void checkBounds(String key, AutoRule rule, String name, Range range, int highest) {
        checkBound("%s.%s-at-least".formatted(key, name), rule, range.least(), Range.ANY.least(), highest);
        checkBound("%s.%s-at-most".formatted(key, name), rule, range.most(), Range.ANY.most(), highest);
    }

    private static void checkBound(String key, AutoRule rule, double bound, double absent, int highest) {
        check(bound == absent || bound >= 0 && bound <= highest, key, rule, "it must be in [0, %d], got %s".formatted(highest, bound));
    }

    /** @throws IllegalArgumentException no request that fits could be served */
    private static Guarantee guarantee(String key, AutoRule rule, StrategyFamily family, ModelTraits model) {
        InvalidDecoding first = null;
        for (Wish wish : rule.when().examples()) {
            try {
                return strategy(key, rule, family, wish, model).guarantee();
            } catch (InvalidDecoding e) {
                first = first == null ? e : first;
            }
        }
        throw refusal(key, rule, first.getMessage());
    }

    private static Strategy strategy(String key, AutoRule rule, StrategyFamily family, Wish wish, ModelTraits model) throws InvalidDecoding {
        JsonFields parameters = JsonFields.ofTexts(key + ".parameters", rule.parameters());
        Strategy strategy = family.parse(parameters, wish, model);
        parameters.refuseUnread();
        return strategy;
    }

    private static void check(boolean right, String key, AutoRule rule, String message) {
        if (!right) {
            throw refusal(key, rule, message);
        }
    }

    private static IllegalArgumentException refusal(String key, AutoRule rule, String message) {
        return new IllegalArgumentException("%s (rule '%s'): %s".formatted(key, rule.name(), message));
    }

    /** What the rules say to a request; {@code otherwise} when none fits or those that do cannot serve it. */
    Choice choose(Wish wish, Strategy otherwise) {
        Load now = readsLoad ? load.get() : Load.NONE;
        Optional<Strategy> chosen = Optional.empty();
        String reason = "auto: no rule";
        for (Ready ready : rules) {
            // All gates see the reading, also those behind the rule that decides.
            boolean open = ready.gate.holds(now);
            if (open && chosen.isEmpty() && ready.rule.when().fits(wish)) {
                chosen = ready.strategy(wish);
                reason = chosen.isPresent() ? ready.reason : reason;
            }
        }
        return new Choice(chosen.orElse(otherwise), reason);
    }

    /** Of the rule that promises least. */
    Guarantee guarantee() {
        return rules.stream().map(Ready::guarantee).max(Comparator.naturalOrder()).orElse(Guarantee.LOSSLESS);
    }

    List<AutoRule> rules() {
        return rules.stream().map(Ready::rule).toList();
    }

    /** @param reason for the report */
    record Choice(Strategy strategy, String reason) {
    }

    /** @param guarantee with the parameters that the rule gives */
    private record Ready(AutoRule rule, String key, StrategyFamily family, ModelTraits model, Guarantee guarantee, LoadGate gate, String reason) {
        private Ready(AutoRule rule, String key, StrategyFamily family, ModelTraits model, Guarantee guarantee, LoadGate gate) {
            this(rule, key, family, model, guarantee, gate, "auto: " + rule.name() + (rule.when().load().reads() ? BY_LOAD : ""));
        }

        /** @return empty: it cannot serve this request, which asks for something that it lacks */
        private Optional<Strategy> strategy(Wish wish) {
            try {
                return Optional.of(AutoRules.strategy(key, rule, family, wish, model));
            } catch (InvalidDecoding _) {
                return Optional.empty();
            }
        }
    }
}
