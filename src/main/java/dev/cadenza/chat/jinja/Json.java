package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Writes values as Python's {@code json.dumps}: separators with blanks, no HTML escapes. One use. */
final class Json {
    private final Options options;
    private final Buffer out;
    private final Meter meter;

    /** @param indent {@code null}: all on one line */
    record Options(boolean ascii, String indent, String itemSeparator, String keySeparator, boolean sortKeys) {
    }

    private Json(Options options, Meter meter) {
        this.options = options;
        this.meter = meter;
        this.out = new Buffer(meter);
    }

    static String write(Value value, Options options, Meter meter) {
        Json json = new Json(options, meter);
        json.value(value, 0);
        return json.out.toString();
    }

    private void value(Value value, int level) {
        meter.work(1);
        switch (value) {
            case Value.Text text -> string(text.text());
            case Value.Int number -> out.append(Repr.digits(number));
            case Value.Bool bool -> out.append(bool.value() ? "true" : "false");
            case Value.Real number -> out.append(real(number.real()));
            case Value.None _ -> out.append("null");
            case Value.Items items -> array(items.values(), level);
            case Value.Tuple tuple -> array(tuple.values(), level);
            case Value.Dict dict -> object(dict, level);
            default -> throw new TemplateError("Object of type " + Types.name(value) + " is not JSON serializable");
        }
    }

    private static String real(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        return Double.isInfinite(number) ? number > 0 ? "Infinity" : "-Infinity" : Repr.real(number);
    }

    private void array(Collection<Value> values, int level) {
        if (values.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        boolean first = true;
        for (Value value : values) {
            out.append(first ? "" : options.itemSeparator());
            line(level + 1);
            value(value, level + 1);
            first = false;
        }
        line(level);
        out.append("]");
    }

    private void object(Value.Dict dict, int level) {
        if (dict.entries().isEmpty()) {
            out.append("{}");
            return;
        }
        List<Map.Entry<Value, Value>> entries = new ArrayList<>(dict.entries().entrySet());
        if (options.sortKeys()) {
            entries.sort(Map.Entry.comparingByKey(Comparator.comparing(key -> key, Comparison::order)));
        }
        out.append("{");
        boolean first = true;
        for (Map.Entry<Value, Value> entry : entries) {
            out.append(first ? "" : options.itemSeparator());
            line(level + 1);
            key(entry.getKey());
            out.append(options.keySeparator());
            value(entry.getValue(), level + 1);
            first = false;
        }
        line(level);
        out.append("}");
    }

    private void key(Value key) {
        switch (key) {
            case Value.Text text -> string(text.text());
            case Value.Number _, Value.None _ -> {
                out.append("\"");
                value(key, 0);
                out.append("\"");
            }
            default -> throw new TemplateError("keys must be str, int, float, bool or None, not " + Types.name(key));
        }
    }

    private void line(int level) {
        if (options.indent() != null) {
            out.append("\n");
            for (int i = 0; i < level; i++) {
                out.append(options.indent());
            }
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            switch (unit) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (unit < 0x20 || options.ascii() && unit > 0x7e) {
                        String hex = Integer.toHexString(unit);
                        out.append("\\u" + "0".repeat(4 - hex.length()) + hex);
                    } else {
                        out.append(unit);
                    }
                }
            }
        }
        out.append('"');
    }
}
