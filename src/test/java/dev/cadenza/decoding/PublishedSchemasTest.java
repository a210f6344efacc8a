package dev.cadenza.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is published of each strategy's parameters is what the selector enforces. */
class PublishedSchemasTest {
    private static final int[] PREDICTION = {1, 2, 3};
    /** What no bound can say: values that a parameter needs of another to be free within its own bounds, {@code null}: absent. */
    private static final Map<String, Map.Entry<String, Object>> NEEDS = needs();
    private final StrategySelector selector = new StrategySelector("auto", Decodings.MODEL);

    @Test
    void everyDeclaredBoundIsTheEnforcedOne() {
        int checked = 0;
        for (StrategyDescription strategy : selector.catalogue().strategies()) {
            for (Map<String, Object> alternative : alternatives(strategy)) {
                for (var property : properties(alternative).entrySet()) {
                    Map<String, Object> schema = property.getValue();
                    for (Object value : probes(schema)) {
                        assertThat(accepted(strategy, with(alternative, property.getKey(), value)))
                                .as("%s %s = %s, schema %s", alternative.get("title"), property.getKey(), value, schema)
                                .isEqualTo(JsonSchema.allows(schema, value));
                        checked++;
                    }
                }
            }
        }
        assertThat(checked).isGreaterThan(40);
    }

    @Test
    void anyObjectIsAcceptedExactlyWhenTheSchemaAllowsIt() {
        long seed = 7;
        Random random = new Random(seed);
        int allowed = 0;
        for (int i = 0; i < 5_000; i++) {
            for (StrategyDescription strategy : selector.catalogue().strategies()) {
                Map<String, Object> parameters = randomParameters(strategy, random);
                boolean allows = JsonSchema.allows(strategy.parameters(), parameters);
                allowed += allows ? 1 : 0;

                assertThat(accepted(strategy, parameters)).as("seed %d, round %d: %s %s", seed, i, strategy.name(), parameters).isEqualTo(allows);
            }
        }
        assertThat(allowed).isGreaterThan(1_000);
    }

    private boolean accepted(StrategyDescription strategy, Map<String, Object> parameters) {
        // A prediction is what its draft needs and every other refuses.
        boolean predicted = "prediction".equals(parameters.get("draft"));
        try {
            selector.select(new Wish(Map.of("strategy", strategy.name(), strategy.name(), parameters), predicted ? PREDICTION : null, 1, 1, 0));
            return true;
        } catch (InvalidDecoding refused) {
            assertThat(refused.param()).startsWith("decoding." + strategy.name() + ".");
            return false;
        }
    }

    /** At, within and beyond every bound, and of other types. */
    @SuppressWarnings("unchecked")
    private static List<Object> probes(Map<String, Object> schema) {
        List<Object> probes = new ArrayList<>(List.of("zap", true, Map.of(), List.of(), 0.5));
        for (String bound : List.of("minimum", "maximum", "default")) {
            if (schema.get(bound) instanceof Integer integer) {
                probes.addAll(List.of(integer - 1, integer, integer + 1));
            } else if (schema.get(bound) instanceof Double decimal) {
                probes.addAll(List.of(Math.nextDown(decimal), decimal, Math.nextUp(decimal)));
            }
        }
        if (schema.get("items") instanceof Map<?, ?> items) {
            probes((Map<String, Object>) items).forEach(item -> probes.add(List.of(item)));
        }
        if (schema.get("enum") instanceof List<?> names) {
            probes.addAll(names);
        }
        if (schema.containsKey("const")) {
            probes.add(schema.get("const"));
        }
        return probes;
    }

    private static Map<String, Object> with(Map<String, Object> alternative, String name, Object value) {
        Map<String, Object> parameters = new HashMap<>();
        if (properties(alternative).get("draft") != null) {
            parameters.put("draft", properties(alternative).get("draft").get("const"));
        }
        parameters.put(name, value);
        return settled(parameters);
    }

    private static Map<String, Object> settled(Map<String, Object> parameters) {
        NEEDS.forEach((name, needed) -> {
            if (parameters.containsKey(name) && needed.getValue() == null) {
                parameters.remove(needed.getKey());
            } else if (parameters.containsKey(name)) {
                parameters.put(needed.getKey(), needed.getValue());
            }
        });
        return parameters;
    }

    private static Map<String, Map.Entry<String, Object>> needs() {
        // In this order, for what one brings along another may look at.
        Map<String, Map.Entry<String, Object>> needs = new LinkedHashMap<>();
        needs.put("warmup_layers", new SimpleImmutableEntry<>("min_layers", 4));
        needs.put("min_ngram", new SimpleImmutableEntry<>("max_ngram", 8));
        needs.put("min_layers", new SimpleImmutableEntry<>("max_layers", 4));
        needs.put("min_entropy", new SimpleImmutableEntry<>("max_entropy", 20));
        needs.put("siblings", new SimpleImmutableEntry<>("verify", "rejection"));
        needs.put("skip_layers", new SimpleImmutableEntry<>("exit_layer", null));
        return needs;
    }

    private static Map<String, Object> randomParameters(StrategyDescription strategy, Random random) {
        List<Map<String, Object>> alternatives = alternatives(strategy);
        Map<String, Map<String, Object>> all = new LinkedHashMap<>();
        alternatives.forEach(alternative -> all.putAll(properties(alternative)));
        Map<String, Object> parameters = new HashMap<>();
        Map<String, Object> one = alternatives.get(random.nextInt(alternatives.size()));
        for (String name : new TreeSet<>(all.keySet())) {
            boolean own = properties(one).containsKey(name);
            if (random.nextInt(own ? 2 : 12) == 0) {
                Map<String, Object> schema = own ? properties(one).get(name) : all.get(name);
                List<Object> fitting = probes(schema).stream().filter(value -> random.nextInt(10) == 0 || JsonSchema.allows(schema, value)).toList();
                parameters.put(name, fitting.get(random.nextInt(fitting.size())));
            }
        }
        if (random.nextInt(20) == 0) {
            parameters.put("zap", 1);
        }
        return settled(parameters);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> alternatives(StrategyDescription strategy) {
        return (List<Map<String, Object>>) strategy.parameters().getOrDefault("oneOf", List.of(strategy.parameters()));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Map<String, Object>> properties(Map<String, Object> schema) {
        return (Map<String, Map<String, Object>>) schema.get("properties");
    }
}
