package dev.cadenza.decoding;

import dev.cadenza.decoding.speculative.Speculative;
import dev.cadenza.decoding.standard.Standard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Chooses the strategy of a request: what it names, else the configured default. Immutable; any thread. */
public final class StrategySelector {
    /** Every strategy there is. A new one is added here and nowhere else. */
    private static final List<StrategyFamily> FAMILIES = List.of(Standard.FAMILY, Speculative.FAMILY);
    /** Names of the wire contract that this version refuses as such. */
    private static final List<String> UNSUPPORTED = List.of("skip_decode", "cntp", "diff_adapt");
    private static final String AUTO = "auto";

    private final ModelTraits model;
    private final Strategy byDefault;

    /**
     * @param defaultStrategy name of the strategy, with its default parameters, of requests that name none
     * @throws IllegalArgumentException there is no such strategy
     */
    public StrategySelector(String defaultStrategy, ModelTraits model) {
        this.model = model;
        StrategyFamily family = family(defaultStrategy).orElseThrow(() -> new IllegalArgumentException(
                "the default strategy must be one of %s, got '%s'".formatted(names(), defaultStrategy)));
        try {
            byDefault = family.parse(JsonFields.of("decoding." + defaultStrategy, null), Wish.NOTHING, model);
        } catch (InvalidDecoding e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * @throws InvalidDecoding no object, an unknown or malformed field, or one that this version does not support
     */
    public Selection select(Wish wish) throws InvalidDecoding {
        JsonFields fields = JsonFields.of("decoding", wish.decoding());
        String chosen = fields.choice("strategy", AUTO, names(), UNSUPPORTED);
        boolean trace = fields.bool("trace", false);
        for (String name : UNSUPPORTED) {
            if (fields.has(name)) {
                throw new InvalidDecoding(fields.path(name), "unsupported_parameter", "`%s`: this version does not have it".formatted(fields.path(name)));
            }
        }
        for (StrategyFamily family : FAMILIES) {
            if (fields.has(family.name()) && !family.name().equals(chosen)) {
                throw new InvalidDecoding(fields.path(family.name()), "invalid_value",
                        "`%s` needs `decoding.strategy` = '%s', got '%s'".formatted(fields.path(family.name()), family.name(), chosen));
            }
        }
        Optional<StrategyFamily> family = family(chosen);
        Selection selection = new Selection(byDefault, "default", trace);
        if (family.isPresent()) {
            JsonFields parameters = fields.object(chosen);
            selection = new Selection(family.get().parse(parameters, wish, model), "request", trace);
            parameters.refuseUnread();
        }
        fields.refuseUnread();
        return selection;
    }

    private static Optional<StrategyFamily> family(String name) {
        return FAMILIES.stream().filter(family -> family.name().equals(name)).findFirst();
    }

    private static List<String> names() {
        List<String> names = new ArrayList<>(List.of(AUTO));
        FAMILIES.forEach(family -> names.add(family.name()));
        return List.copyOf(names);
    }

    /**
     * @param reason for the report, such as "request" or "default"
     * @param trace  whether the answer is to tell where each token came from
     */
    public record Selection(Strategy strategy, String reason, boolean trace) {
    }
}
