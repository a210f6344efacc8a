package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Strategy.Guarantee;
import dev.cadenza.decoding.StrategyDescription;
import dev.cadenza.decoding.StrategyDescription.DraftDescription;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Speculation on the wire: {@code draft} names the kind, the other parameters are the kind's own.
 *
 * @param kinds the first is the default
 */
record SpeculativeFamily(List<DraftKind> kinds) implements StrategyFamily {
    static final String DRAFT = "draft";

    @Override
    public String name() {
        return Speculative.NAME;
    }

    @Override
    public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
        List<String> names = kinds.stream().map(DraftKind::name).toList();
        String absent = wish.prediction() == null ? names.getFirst() : Speculative.PREDICTION;
        String chosen = new Parameter.Choice(DRAFT, absent, names, List.of(), "Kind of draft").read(parameters);
        DraftKind kind = kinds.get(names.indexOf(chosen));
        if (!kind.lacking(model).isEmpty()) {
            throw new InvalidDecoding(parameters.path(DRAFT), "unsupported_value",
                    "`%s`: this server cannot draft by '%s': %s".formatted(parameters.path(DRAFT), chosen, kind.lacking(model)));
        }
        return kind.parse(parameters, wish, model);
    }

    @Override
    public StrategyDescription describe(ModelTraits model) {
        Map<String, String> excludes = new LinkedHashMap<>();
        excludes.put("skip_decode", "rows that skipped layers have no keys and values there to verify from");
        excludes.put(Speculative.PREDICTION, "with any draft but 'prediction' it would go unused");
        return new StrategyDescription(name(), "Drafts several tokens and verifies them in the step that draws the next one", Guarantee.LOSSLESS,
                schema(model), excludes, kinds.stream().map(kind -> new DraftDescription(kind.name(), kind.summary(), kind.guarantee(),
                        kind.lacking(model), kind.name().equals(Speculative.PREDICTION) ? List.of(Speculative.PREDICTION) : List.of())).toList());
    }

    /** One alternative per kind, told apart by {@code draft}; only the first kind's need not name it. */
    private Map<String, Object> schema(ModelTraits model) {
        List<Map<String, Object>> alternatives = new ArrayList<>();
        for (DraftKind kind : kinds) {
            Map<String, Object> properties = new LinkedHashMap<>();
            properties.put(DRAFT, Map.of("const", kind.name()));
            kind.parameters(model).forEach(parameter -> properties.put(parameter.name(), parameter.schema()));
            Map<String, Object> alternative = new LinkedHashMap<>();
            alternative.put("title", kind.name());
            alternative.put("properties", properties);
            alternative.put("required", alternatives.isEmpty() ? List.of() : List.of(DRAFT));
            alternative.put("additionalProperties", false);
            alternatives.add(alternative);
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("description", "Without draft: %s, or %s when the request has one".formatted(kinds.getFirst().name(), Speculative.PREDICTION));
        schema.put("oneOf", alternatives);
        return schema;
    }
}
