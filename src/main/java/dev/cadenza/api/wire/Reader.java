package dev.cadenza.api.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cadenza.api.error.ApiException;
import dev.cadenza.tokenizer.Surrogates;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Turns a JSON value into a typed one, or says with path, bound and given value why it cannot. Immutable; any thread. */
@FunctionalInterface
public interface Reader<T> {

    /** @throws ApiException 400 naming the path */
    T read(String path, JsonNode node);

    static Reader<Boolean> bool() {
        return (path, node) -> {
            if (!node.isBoolean()) {
                throw wrongType(path, "a boolean", node);
            }
            return node.booleanValue();
        };
    }

    /** Any string, unpaired surrogates replaced. */
    static Reader<String> text() {
        return (path, node) -> {
            if (!node.isTextual()) {
                throw wrongType(path, "a string", node);
            }
            return Surrogates.repaired(node.textValue());
        };
    }

    /** A string of at most so many characters. */
    static Reader<String> text(int maxLength) {
        return (path, node) -> {
            String text = text().read(path, node);
            if (text.length() > maxLength) {
                throw ApiException.invalid(path, "string_above_max_length",
                        "Invalid '%s': string too long. Expected at most %d characters, got %d.".formatted(path, maxLength, text.length()));
            }
            return text;
        };
    }

    static Reader<String> nonEmptyText() {
        return (path, node) -> {
            String text = text().read(path, node);
            if (text.isEmpty()) {
                throw ApiException.invalid(path, "invalid_value", "Invalid '%s': the string must not be empty.".formatted(path));
            }
            return text;
        };
    }

    static Reader<Long> integer(long min, long max) {
        return (path, node) -> {
            if (!node.isIntegralNumber()) {
                throw wrongType(path, "an integer", node);
            }
            boolean fits = node.canConvertToLong();
            boolean negative = node.bigIntegerValue().signum() < 0;
            if (fits ? node.longValue() > max : !negative) {
                throw outside(path, "integer_above_max_value", "integer above maximum value", "<= " + max, node);
            }
            if (fits ? node.longValue() < min : negative) {
                throw outside(path, "integer_below_min_value", "integer below minimum value", ">= " + min, node);
            }
            return node.longValue();
        };
    }

    static Reader<Double> decimal(double min, double max) {
        return (path, node) -> {
            if (!node.isNumber()) {
                throw wrongType(path, "a number", node);
            }
            double value = node.doubleValue();
            if (value > max) {
                throw outside(path, "decimal_above_max_value", "decimal above maximum value", "<= " + max, node);
            }
            if (!(value >= min)) {
                throw outside(path, "decimal_below_min_value", "decimal below minimum value", ">= " + min, node);
            }
            return value;
        };
    }

    static Reader<WireObject> object() {
        return (path, node) -> {
            if (node instanceof ObjectNode object) {
                return new WireObject(path, object);
            }
            throw wrongType(path, "an object", node);
        };
    }

    /** An object whose inside somebody else judges. */
    static Reader<Map<String, Object>> plainObject() {
        return (path, node) -> Json.plain(object().read(path, node).node());
    }

    static <T> Reader<List<T>> array(int minLength, int maxLength, Reader<T> element) {
        return (path, node) -> {
            if (!node.isArray()) {
                throw wrongType(path, "an array", node);
            }
            if (node.size() < minLength) {
                throw ApiException.invalid(path, "invalid_value",
                        "Invalid '%s': array too short. Expected at least %d elements, got %d.".formatted(path, minLength, node.size()));
            }
            if (node.size() > maxLength) {
                throw ApiException.invalid(path, "array_above_max_length",
                        "Invalid '%s': array too long. Expected at most %d elements, got %d.".formatted(path, maxLength, node.size()));
            }
            var elements = new ArrayList<T>(node.size());
            for (int i = 0; i < node.size(); i++) {
                elements.add(element.read("%s[%d]".formatted(path, i), node.get(i)));
            }
            return List.copyOf(elements);
        };
    }

    /** An object used as a map, at most so many entries with keys of at most so many characters; keys keep their order. */
    static <T> Reader<Map<String, T>> map(int maxEntries, int maxKeyLength, Reader<T> value) {
        return (path, node) -> {
            ObjectNode object = object().read(path, node).node();
            if (object.size() > maxEntries) {
                throw ApiException.invalid(path, "object_above_max_properties",
                        "Invalid '%s': too many properties. Expected at most %d, got %d.".formatted(path, maxEntries, object.size()));
            }
            var entries = new LinkedHashMap<String, T>();
            for (var entry : object.properties()) {
                String key = Surrogates.repaired(entry.getKey());
                if (key.length() > maxKeyLength) {
                    throw ApiException.invalid(path, "string_above_max_length",
                            "Invalid '%s': key too long. Expected at most %d characters, got %d.".formatted(path, maxKeyLength, key.length()));
                }
                entries.put(key, value.read(path + "." + key, entry.getValue()));
            }
            return Collections.unmodifiableMap(entries);
        };
    }

    /** One of the listed strings. */
    static Reader<String> oneOf(String... allowed) {
        return (path, node) -> {
            String text = text().read(path, node);
            if (!List.of(allowed).contains(text)) {
                throw unsupportedValue(path, String.join(", ", allowed), node);
            }
            return text;
        };
    }

    /** A feature that this version lacks: only values that switch it off pass. */
    static Reader<JsonNode> onlyOff(Predicate<JsonNode> off) {
        return (path, node) -> {
            if (!off.test(node)) {
                throw ApiException.invalid(path, "unsupported_parameter",
                        "Unsupported parameter: '%s' is not supported by this server%s.".formatted(path, scalar(node) ? " with the value " + given(node) : ""));
            }
            return node;
        };
    }

    /** The value has another JSON type than the expected one. */
    static ApiException wrongType(String path, String expected, JsonNode node) {
        return ApiException.invalid(path, "invalid_type",
                "Invalid type for '%s': expected %s, but got %s instead.".formatted(path, expected, described(node)));
    }

    /** The value is understood and not offered here. */
    static ApiException unsupportedValue(String path, String allowed, JsonNode node) {
        return ApiException.invalid(path, "unsupported_value",
                "Unsupported value: '%s' must be one of: %s; got %s.".formatted(path, allowed, given(node)));
    }

    /** "a string", "an object": what a value is, for messages. */
    static String described(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> "a string";
            case NUMBER -> node.isIntegralNumber() ? "an integer" : "a decimal";
            case BOOLEAN -> "a boolean";
            case ARRAY -> "an array";
            case OBJECT, POJO -> "an object";
            case NULL, MISSING, BINARY -> "null";
        };
    }

    private static ApiException outside(String path, String code, String what, String bound, JsonNode node) {
        return ApiException.invalid(path, code, "Invalid '%s': %s. Expected a value %s, but got %s instead.".formatted(path, what, bound, given(node)));
    }

    private static boolean scalar(JsonNode node) {
        return node.isValueNode();
    }

    private static String given(JsonNode node) {
        String text = node.isValueNode() ? node.asText() : described(node);
        String shown = text.length() <= 100 ? text : text.substring(0, 100) + "...";
        return node.isTextual() ? "'" + shown + "'" : shown;
    }
}
