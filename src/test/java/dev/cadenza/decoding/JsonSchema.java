package dev.cadenza.decoding;

import java.util.List;
import java.util.Map;

/** The part of JSON Schema that our schemas use, straight from its specification. */
final class JsonSchema {
    private JsonSchema() {
    }

    @SuppressWarnings("unchecked")
    static boolean allows(Map<String, Object> schema, Object value) {
        boolean allows = true;
        for (var rule : schema.entrySet()) {
            Object given = rule.getValue();
            allows &= switch (rule.getKey()) {
                case "type" -> isType((String) given, value);
                case "minimum" -> !(value instanceof Number number) || number.doubleValue() >= ((Number) given).doubleValue();
                case "maximum" -> !(value instanceof Number number) || number.doubleValue() <= ((Number) given).doubleValue();
                case "enum" -> ((List<?>) given).contains(value);
                case "const" -> given.equals(value);
                case "required" -> !(value instanceof Map<?, ?> map) || map.keySet().containsAll((List<?>) given);
                case "properties" -> !(value instanceof Map<?, ?> map) || ((Map<String, Map<String, Object>>) given).entrySet().stream()
                        .allMatch(property -> !map.containsKey(property.getKey()) || allows(property.getValue(), map.get(property.getKey())));
                case "additionalProperties" -> !(value instanceof Map<?, ?> map)
                        || ((Map<?, ?>) schema.get("properties")).keySet().containsAll(map.keySet());
                case "oneOf" -> ((List<Map<String, Object>>) given).stream().filter(alternative -> allows(alternative, value)).count() == 1;
                case "items" -> !(value instanceof List<?> list) || list.stream().allMatch(item -> allows((Map<String, Object>) given, item));
                case "default", "description", "title" -> true;
                case String other -> throw new AssertionError("a rule that this checker does not know: " + other);
            };
        }
        return allows;
    }

    private static boolean isType(String type, Object value) {
        return switch (type) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "boolean" -> value instanceof Boolean;
            case "number" -> value instanceof Number;
            case "integer" -> value instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue());
            case String other -> throw new AssertionError("a type that this checker does not know: " + other);
        };
    }
}
