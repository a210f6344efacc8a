package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.List;

/** {@code str.format}: fields in braces with attribute and item lookups, conversions and nested specifications. One use. */
final class BraceFormat {
    private final Walker walker;
    private final boolean escape;
    private int automatic;

    BraceFormat(Walker walker, boolean escape) {
        this.walker = walker;
        this.escape = escape;
    }

    Value apply(Value.Text format, Arguments arguments) {
        return format.with(format(format.text(), arguments, 2));
    }

    Value apply(Value.Text format, Value.Dict values) {
        java.util.Map<String, Value> named = new java.util.LinkedHashMap<>();
        values.entries().forEach((key, value) -> named.put(walker.str(key), value));
        return format.with(format(format.text(), new Arguments(List.of(), named), 2));
    }

    private String format(String text, Arguments arguments, int levels) {
        if (levels == 0) {
            throw new TemplateError("Max string recursion exceeded");
        }
        Buffer out = new Buffer(walker.meter());
        int at = 0;
        while (at < text.length()) {
            char unit = text.charAt(at);
            boolean doubled = at + 1 < text.length() && text.charAt(at + 1) == unit;
            if (unit != '{' && unit != '}') {
                out.append(unit);
                at++;
            } else if (doubled) {
                out.append(unit);
                at += 2;
            } else if (unit == '}') {
                throw new TemplateError("Single '}' encountered in format string");
            } else {
                int end = fieldEnd(text, at);
                out.append(field(text.substring(at + 1, end), arguments, levels));
                at = end + 1;
            }
        }
        return out.toString();
    }

    private static int fieldEnd(String text, int start) {
        int open = 0;
        for (int i = start; i < text.length(); i++) {
            open += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (open == 0) {
                return i;
            }
        }
        throw new TemplateError(start + 1 == text.length() ? "Single '{' encountered in format string" : "expected '}' before end of string");
    }

    private String field(String field, Arguments arguments, int levels) {
        int nameEnd = nameEnd(field);
        Value value = value(field.substring(0, nameEnd), arguments);
        int at = nameEnd;
        if (at < field.length() && field.charAt(at) == '!') {
            if (at + 1 >= field.length() || at + 2 < field.length() && field.charAt(at + 2) != ':') {
                throw new TemplateError("expected ':' after conversion specifier");
            }
            value = convert(value, field.charAt(at + 1));
            at += 2;
        }
        String spec = at < field.length() ? format(field.substring(at + 1), arguments, levels - 1) : "";
        if (value instanceof Value.Text text && text.safe() && escape && spec.isEmpty()) {
            return text.text();
        }
        String shown = spec.isEmpty() ? walker.str(value) : FormatSpec.parse(spec).apply(value, walker.meter());
        return escape ? Html.escape(shown) : shown;
    }

    private static int nameEnd(String field) {
        boolean bracket = false;
        for (int i = 0; i < field.length(); i++) {
            char unit = field.charAt(i);
            bracket = unit == '[' || bracket && unit != ']';
            if (!bracket && (unit == '!' || unit == ':')) {
                return i;
            }
        }
        return field.length();
    }

    private Value convert(Value value, char conversion) {
        return switch (conversion) {
            case 's' -> Value.text(walker.str(value));
            case 'r', 'a' -> Value.text(Repr.repr(value, walker.meter()));
            default -> throw new TemplateError("Unknown conversion specifier '" + conversion + "'");
        };
    }

    private Value value(String path, Arguments arguments) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Value value = argument(path.substring(0, end), arguments);
        Lookup lookup = new Lookup(walker);
        while (end < path.length()) {
            boolean bracket = path.charAt(end) == '[';
            int from = end + 1;
            end = bracket ? path.indexOf(']', from) : nextPart(path, from);
            if (end < 0 || end == from) {
                throw new TemplateError("Empty attribute or missing ']' in format string");
            }
            String part = path.substring(from, end);
            value = bracket ? lookup.item(value, isNumber(part) ? Value.integer(Long.parseLong(part)) : Value.text(part)) : lookup.attribute(value, part);
            end += bracket ? 1 : 0;
        }
        return value;
    }

    private static int nextPart(String path, int from) {
        int end = from;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        return end;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() < 10 && text.chars().allMatch(Character::isDigit);
    }

    private Value argument(String name, Arguments arguments) {
        if (name.isEmpty() || isNumber(name)) {
            int index = name.isEmpty() ? automatic++ : manual(name);
            if (index >= arguments.positional().size()) {
                throw new TemplateError("Replacement index " + index + " out of range for positional args tuple");
            }
            return arguments.positional().get(index);
        }
        Value value = arguments.named().get(name);
        if (value == null) {
            throw new TemplateError("the format's key '" + name + "' is missing");
        }
        return value;
    }

    private int manual(String name) {
        if (automatic > 0) {
            throw new TemplateError("cannot switch from automatic field numbering to manual field specification");
        }
        return Integer.parseInt(name);
    }
}
