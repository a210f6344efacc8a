package dev.cadenza.decoding;

import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.decoding.difficulty.DiffAdapt;
import dev.cadenza.decoding.momentum.Momentum;
import dev.cadenza.decoding.reflex.CyclicReflex;
import dev.cadenza.decoding.skip.SkipDecode;
import dev.cadenza.decoding.speculative.Speculative;
import dev.cadenza.decoding.standard.Standard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Chooses the strategy of a request: what {@code decoding} names, else what its {@code prediction} or {@code reasoning_effort} asks for, else the
 * model's default, else the rules of {@code auto}. Any thread.
 */
public final class StrategySelector {
    public static final String AUTO = "auto";
    /** Every strategy there is. A new one is added here and nowhere else. */
    private static final Families FAMILIES = new Families(List.of(Standard.FAMILY, Speculative.FAMILY, SkipDecode.FAMILY, Cntp.FAMILY, Momentum.FAMILY,
            DiffAdapt.FAMILY,
            CyclicReflex.FAMILY));
    private static final Parameter.Choice STRATEGY = new Parameter.Choice("strategy", AUTO, choices(), List.of(), "How to decode");
    private static final Parameter.Flag TRACE = new Parameter.Flag("trace", false, "Tell where each token came from and how sure the model was");

    private final ModelTraits model;
    private final String defaultName;
    private final Optional<StrategyFamily> byDefault;
    private final AutoRules auto;

    /** With the rules that are built in. */
    public StrategySelector(String defaultStrategy, ModelTraits model) {
        this(defaultStrategy, AutoRule.BUILT_IN, model, () -> Load.NONE);
    }

    /**
     * @param defaultStrategy name of the strategy, with its default parameters, of requests that name none; or {@code auto}
     * @param rules           of {@code auto}
     * @param load            how busy the server is now; asked by any thread, at once answered
     * @throws IllegalArgumentException there is no such strategy, or a rule is of no use; the message names the key and the rule
     */
    public StrategySelector(String defaultStrategy, List<AutoRule> rules, ModelTraits model, Supplier<Load> load) {
        this.model = model;
        if (!choices().contains(defaultStrategy)) {
            throw new IllegalArgumentException(
                    "cadenza.decoding.default-strategy: the default strategy must be one of %s, got '%s'".formatted(choices(), defaultStrategy));
        }
        defaultName = defaultStrategy;
        try {
            byDefault = FAMILIES.named(defaultStrategy);
            if (byDefault.isPresent()) {
                byDefault(Wish.NOTHING);
            }
        } catch (InvalidDecoding e) {
            throw new IllegalArgumentException("cadenza.decoding.default-strategy: " + e.getMessage(), e);
        }
        auto = AutoRules.of(rules, FAMILIES, model, load);
    }

    /**
     * @throws InvalidDecoding {@code decoding} is no object, a field of it is unknown or malformed or one that this version does not support, or the
     *                         strategy and {@code prediction} exclude each other
     */
    public Selection select(Wish wish) throws InvalidDecoding {
        JsonFields fields = JsonFields.of("decoding", wish.decoding());
        boolean named = fields.has(STRATEGY.name());
        String chosen = STRATEGY.read(fields);
        boolean trace = TRACE.read(fields);
        refuseOthersParameters(fields, chosen);
        JsonFields parameters = fields.object(chosen);
        fields.refuseUnread();
        Optional<StrategyFamily> family = FAMILIES.named(chosen);
        if (family.isPresent()) {
            Strategy strategy = family.get().parse(parameters, wish, model);
            parameters.refuseUnread();
            refuseUnusedPrediction(wish, strategy);
            refuseUnusedEffort(wish, strategy);
            return new Selection(strategy, "request", trace);
        }
        parameters.refuseUnread();
        if (wish.prediction() != null) {
            Strategy strategy = Speculative.predicted(wish, model);
            refuseUnusedEffort(wish, strategy);
            return new Selection(strategy, "prediction", trace);
        }
        if (wish.effort() != null) {
            return new Selection(DiffAdapt.byEffort(wish, model), "reasoning_effort", trace);
        }
        if (!named && byDefault.isPresent()) {
            return new Selection(byDefault(wish), "default", trace);
        }
        AutoRules.Choice choice = auto.choose(wish, new Standard());
        return new Selection(choice.strategy(), choice.reason(), trace);
    }

    public StrategyCatalogue catalogue() {
        var describedAuto = new StrategyDescription(AUTO,
                "Chooses by the request: its prediction, else the first rule that fits and can serve it, else standard", auto.guarantee(), Parameter.objectSchema(List.of()), Map.of(), List.of());
        List<StrategyDescription> strategies = FAMILIES.all().stream().map(family -> family.describe(model)).toList();
        return new StrategyCatalogue(defaultName, strategies, describedAuto, auto.rules());
    }

    private Strategy byDefault(Wish wish) throws InvalidDecoding {
        return byDefault.orElseThrow().parse(JsonFields.of("decoding." + defaultName, null), wish, model);
    }

    private void refuseOthersParameters(JsonFields fields, String chosen) throws InvalidDecoding {
        for (String name : FAMILIES.names()) {
            if (fields.has(name) && !name.equals(chosen)) {
                String reason = excluded(chosen, name).map(why -> ", and '%s' excludes it: %s".formatted(chosen, why)).orElse("");
                throw new InvalidDecoding(fields.path(name), "invalid_value",
                        "`%s` needs `decoding.strategy` = '%s', got '%s'%s".formatted(fields.path(name), name, chosen, reason));
            }
        }
    }

    private void refuseUnusedPrediction(Wish wish, Strategy strategy) throws InvalidDecoding {
        if (wish.prediction() != null && !strategy.usesPrediction()) {
            throw new InvalidDecoding("prediction", "invalid_value", "`prediction` cannot be combined with `decoding.strategy` = '%s': %s"
                    .formatted(strategy.name(), excluded(strategy.name(), "prediction").orElse("it would go unused")));
        }
    }

    private static void refuseUnusedEffort(Wish wish, Strategy strategy) throws InvalidDecoding {
        if (wish.effort() != null && !strategy.name().equals(DiffAdapt.FAMILY.name())) {
            throw new InvalidDecoding("reasoning_effort", "invalid_value",
                    "`reasoning_effort` chooses the strategy '%s' and cannot be combined with '%s'".formatted(DiffAdapt.FAMILY.name(), strategy.name()));
        }
    }

    /** Why a strategy cannot be combined with a field or another strategy, if so. */
    private Optional<String> excluded(String strategy, String with) {
        return FAMILIES.named(strategy).map(family -> family.describe(model).excludes().get(with));
    }

    private static List<String> choices() {
        List<String> choices = new ArrayList<>(List.of(AUTO));
        choices.addAll(FAMILIES.names());
        return List.copyOf(choices);
    }

    /**
     * @param reason for the report: "request", "prediction", "reasoning_effort", "default", "auto: name of the rule" (and ", by load" where the rule
     *               reads the load), or "auto: no rule"
     * @param trace  whether the answer is to tell where each token came from
     */
    public record Selection(Strategy strategy, String reason, boolean trace) {
    }
}
