package dev.cadenza.decoding;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of one object of the request or of the configuration, read one by one, each checked; a known field that holds {@code null} is absent.
 * Errors name the path, what is allowed and what was given. One thread.
 */
public final class JsonFields {
    private final String path;
    private final Map<String, Object> fields;
    private final Set<String> unread;
    private final boolean texts;

    private JsonFields(String path, Map<String, Object> fields, Set<String> names, boolean texts) {
        this.path = path;
        this.fields = fields;
        this.unread = names;
        this.texts = texts;
    }

    /**
     * @param value parsed JSON; {@code null}: an empty object
     * @throws InvalidDecoding the value is no object
     */
    public static JsonFields of(String path, Object value) throws InvalidDecoding {
        Map<String, Object> fields = new HashMap<>();
        Set<String> names = new TreeSet<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, field) -> {
                names.add((String) name);
                if (field != null) {
                    fields.put((String) name, field);
                }
            });
        } else if (value != null) {
            throw wrongType(path, "an object", value);
        }
        return new JsonFields(path, fields, names, false);
    }

    /** Fields as configuration has them: texts, each of which becomes what its reader wants. */
    public static JsonFields ofTexts(String path, Map<String, String> texts) {
        return new JsonFields(path, Map.copyOf(texts), new TreeSet<>(texts.keySet()), true);
    }

    /** Whether the field holds something. It counts as read. */
    public boolean has(String name) {
        unread.remove(name);
        return fields.containsKey(name);
    }

    public String path(String name) {
        return path + "." + name;
    }

    public int integer(String name, int absent, int min, int max) throws InvalidDecoding {
        unread.remove(name);
        return integer(path(name), fields.getOrDefault(name, absent), min, max);
    }

    /** The integers of an array (in configuration: between commas), each in [min, max]; none when absent. */
    public int[] integers(String name, int min, int max) throws InvalidDecoding {
        unread.remove(name);
        Object value = fields.getOrDefault(name, List.of());
        if (!((texts && value instanceof String text ? List.of(text.split(",")) : value) instanceof List<?> given)) {
            throw unfit(path(name), "an array of integers", value);
        }
        int[] integers = new int[given.size()];
        for (int i = 0; i < integers.length; i++) {
            integers[i] = integer("%s[%d]".formatted(path(name), i), given.get(i), min, max);
        }
        return integers;
    }

    private int integer(String path, Object read, int min, int max) throws InvalidDecoding {
        Object value = number(read);
        boolean whole = value instanceof Integer || value instanceof Long || value instanceof BigInteger
                || value instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue());
        if (!whole) {
            throw unfit(path, "an integer", value);
        }
        double given = ((Number) value).doubleValue();
        if (given < min || given > max) {
            throw new InvalidDecoding(path, given < min ? "integer_below_min_value" : "integer_above_max_value",
                    "`%s` must be in [%d, %d], got %s".formatted(path, min, max, value));
        }
        return (int) given;
    }

    public double decimal(String name, double absent, double min, double max) throws InvalidDecoding {
        unread.remove(name);
        if (!(number(fields.getOrDefault(name, absent)) instanceof Number number)) {
            throw unfit(path(name), "a number", fields.get(name));
        }
        double given = number.doubleValue();
        if (!(given >= min && given <= max)) {
            throw new InvalidDecoding(path(name), given > max ? "decimal_above_max_value" : "decimal_below_min_value",
                    "`%s` must be in [%s, %s], got %s".formatted(path(name), min, max, number));
        }
        return given;
    }

    public boolean bool(String name, boolean absent) throws InvalidDecoding {
        unread.remove(name);
        return switch (fields.getOrDefault(name, absent)) {
            case Boolean bool -> bool;
            case String text when texts && text.equals("true") -> true;
            case String text when texts && text.equals("false") -> false;
            case Object value -> throw unfit(path(name), "a boolean", value);
        };
    }

    /**
     * One of several names.
     *
     * @param known names that other versions have, refused as unsupported
     */
    public String choice(String name, String absent, List<String> allowed, List<String> known) throws InvalidDecoding {
        unread.remove(name);
        Object value = fields.getOrDefault(name, absent);
        if (!(value instanceof String given)) {
            throw unfit(path(name), "a string", value);
        }
        if (known.contains(given)) {
            throw new InvalidDecoding(path(name), "unsupported_value",
                    "`%s`: this version does not have '%s'; it has %s".formatted(path(name), given, allowed));
        }
        if (!allowed.contains(given)) {
            throw new InvalidDecoding(path(name), "invalid_value", "`%s` must be one of %s, got '%s'".formatted(path(name), allowed, given));
        }
        return given;
    }

    /** The object in a field; empty when absent. */
    public JsonFields object(String name) throws InvalidDecoding {
        unread.remove(name);
        return of(path(name), fields.get(name));
    }

    /** @throws InvalidDecoding a field was given that nobody read */
    public void refuseUnread() throws InvalidDecoding {
        if (!unread.isEmpty()) {
            String name = path(unread.iterator().next());
            throw new InvalidDecoding(name, "unknown_parameter", "`%s` is not a known parameter".formatted(name));
        }
    }

    /** What a text of the configuration says as a number; anything else, and a text that says none, as it is. */
    private Object number(Object value) {
        if (texts && value instanceof String text) {
            try {
                return new BigDecimal(text.strip());
            } catch (NumberFormatException _) {
                return value;
            }
        }
        return value;
    }

    private InvalidDecoding unfit(String path, String wanted, Object value) {
        return texts ? new InvalidDecoding(path, "invalid_type", "`%s` must be %s, got '%s'".formatted(path, wanted, value))
                : wrongType(path, wanted, value);
    }

    private static InvalidDecoding wrongType(String path, String wanted, Object value) {
        String given = switch (value) {
            case null -> "null";
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "an array";
            case String _ -> "a string";
            case Boolean _ -> "a boolean";
            case Number number -> "the number " + number;
            default -> value.getClass().getSimpleName();
        };
        return new InvalidDecoding(path, "invalid_type", "`%s` must be %s, got %s".formatted(path, wanted, given));
    }
}
