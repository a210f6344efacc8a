package dev.cadenza.decoding;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One parameter of a strategy, declared once: it reads itself from a request and describes itself as JSON Schema. Immutable; any thread.
 */
public sealed interface Parameter {

    /** On the wire. */
    String name();

    /** One line for clients. */
    String description();

    /** JSON Schema of the parameter's values: type, bounds, default. */
    Map<String, Object> schema();

    /** JSON Schema of an object that may have these fields and no others. */
    static Map<String, Object> objectSchema(List<Parameter> parameters) {
        Map<String, Object> properties = new LinkedHashMap<>();
        parameters.forEach(parameter -> properties.put(parameter.name(), parameter.schema()));
        return ordered("type", "object", "properties", properties, "additionalProperties", false);
    }

    /** The same, of which one field must be there. */
    static Map<String, Object> objectSchema(List<Parameter> parameters, Parameter required) {
        Map<String, Object> schema = new LinkedHashMap<>(objectSchema(parameters));
        schema.put("required", List.of(required.name()));
        return schema;
    }

    /** @param entries key, value, key, value; kept in this order, so that documents stay the same */
    private static Map<String, Object> ordered(Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            map.put((String) entries[i], entries[i + 1]);
        }
        return map;
    }

    /**
     * An integer.
     *
     * @param absent value when the request does not say
     */
    record Whole(String name, int absent, int min, int max, String description) implements Parameter {
        public Whole {
            if (absent < min || absent > max) {
                throw new IllegalArgumentException("%s: %d is not in [%d, %d]".formatted(name, absent, min, max));
            }
        }

        public int read(JsonFields fields) throws InvalidDecoding {
            return fields.integer(name, absent, min, max);
        }

        /** The same with another default. */
        public Whole or(int other) {
            return new Whole(name, other, min, max, description);
        }

        /** The same with another upper bound, which the default obeys too. */
        public Whole atMost(int bound) {
            return new Whole(name, Math.min(absent, bound), min, bound, description);
        }

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "integer", "minimum", min, "maximum", max, "default", absent, "description", description);
        }
    }

    /** Integers, none when the request does not say. @param min of each */
    record Wholes(String name, int min, int max, String description) implements Parameter {
        public int[] read(JsonFields fields) throws InvalidDecoding {
            return fields.integers(name, min, max);
        }

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "array", "items", ordered("type", "integer", "minimum", min, "maximum", max), "default", List.of(),
                    "description", description);
        }
    }

    /**
     * A number.
     *
     * @param absent value when the request does not say
     */
    record Decimal(String name, double absent, double min, double max, String description) implements Parameter {
        public Decimal {
            if (!(absent >= min && absent <= max)) {
                throw new IllegalArgumentException("%s: %s is not in [%s, %s]".formatted(name, absent, min, max));
            }
        }

        public double read(JsonFields fields) throws InvalidDecoding {
            return fields.decimal(name, absent, min, max);
        }

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "number", "minimum", min, "maximum", max, "default", absent, "description", description);
        }
    }

    /** Yes or no. */
    record Flag(String name, boolean absent, String description) implements Parameter {
        public boolean read(JsonFields fields) throws InvalidDecoding {
            return fields.bool(name, absent);
        }

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "boolean", "default", absent, "description", description);
        }
    }

    /**
     * One of several names.
     *
     * @param unsupported names that other versions have, refused as such
     */
    record Choice(String name, String absent, List<String> allowed, List<String> unsupported, String description) implements Parameter {
        public Choice {
            allowed = List.copyOf(allowed);
            unsupported = List.copyOf(unsupported);
            if (!allowed.contains(absent)) {
                throw new IllegalArgumentException("%s: '%s' is none of %s".formatted(name, absent, allowed));
            }
        }

        public String read(JsonFields fields) throws InvalidDecoding {
            return fields.choice(name, absent, allowed, unsupported);
        }

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "string", "enum", allowed, "default", absent, "description", description);
        }
    }
}
