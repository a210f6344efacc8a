package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/** Prints values as Python's {@code str} and {@code repr} do. */
final class Repr {
    private Repr() {
    }

    static String str(Value value, Meter meter) {
        return switch (value) {
            case Value.Text text -> text.text();
            case Value.Undefined _ -> "";
            default -> repr(value, meter);
        };
    }

    static String repr(Value value, Meter meter) {
        Buffer out = new Buffer(meter);
        write(value, out, meter, 0);
        return out.toString();
    }

    private static void write(Value value, Buffer out, Meter meter, int depth) {
        meter.work(1);
        if (depth > 2 * meter.limits().valueDepth()) {
            throw new TemplateError("a value nests too deep to be printed");
        }
        switch (value) {
            case Value.Text(String text, boolean safe) -> {
                out.append(safe ? "Markup(" : "");
                quote(text, out);
                out.append(safe ? ")" : "");
            }
            case Value.Int number -> out.append(digits(number));
            case Value.Bool bool -> out.append(bool.value() ? "True" : "False");
            case Value.Real number -> out.append(real(number.real()));
            case Value.None _ -> out.append("None");
            case Value.Undefined _ -> out.append("Undefined");
            case Value.Items items -> list(items.values(), "[", "]", out, meter, depth);
            case Value.Tuple tuple -> list(tuple.values(), "(", tuple.values().size() == 1 ? ",)" : ")", out, meter, depth);
            case Value.Dict dict -> dict(dict, out, meter, depth);
            case Value.View view -> list(view.values(), "dict_" + view.kind().name().toLowerCase(Locale.ROOT) + "([", "])", out, meter, depth);
            case Value.Range range -> out.append("range(" + range.start() + ", " + range.stop() + (range.step() == 1 ? "" : ", " + range.step()) + ")");
            case Value.Stream _ -> out.append("<generator object>");
            case Value.Function function -> {
                out.append(function.macro() ? "<Macro " : "<function ");
                if (function.macro()) {
                    quote(function.name(), out);
                } else {
                    out.append(function.name());
                }
                out.append(">");
            }
            case Value.Namespace namespace -> namespace(namespace, out, meter, depth);
            case Value.Live live -> out.append(live.describe());
        }
    }

    static String digits(Value.Whole number) {
        String digits = number.whole().toString();
        if (digits.length() > Limits.INT_DIGITS + (number.whole().signum() < 0 ? 1 : 0)) {
            throw new TemplateError("an integer of more than " + Limits.INT_DIGITS + " digits cannot be printed");
        }
        return digits;
    }

    private static void list(Iterable<Value> values, String open, String close, Buffer out, Meter meter, int depth) {
        out.append(open);
        Iterator<Value> each = values.iterator();
        while (each.hasNext()) {
            write(each.next(), out, meter, depth + 1);
            out.append(each.hasNext() ? ", " : "");
        }
        out.append(close);
    }

    private static void dict(Value.Dict dict, Buffer out, Meter meter, int depth) {
        out.append("{");
        String separator = "";
        for (Map.Entry<Value, Value> entry : dict.entries().entrySet()) {
            out.append(separator);
            write(entry.getKey(), out, meter, depth + 1);
            out.append(": ");
            write(entry.getValue(), out, meter, depth + 1);
            separator = ", ";
        }
        out.append("}");
    }

    private static void namespace(Value.Namespace namespace, Buffer out, Meter meter, int depth) {
        out.append("<Namespace {");
        String separator = "";
        for (Map.Entry<String, Value> member : namespace.members().entrySet()) {
            out.append(separator);
            quote(member.getKey(), out);
            out.append(": ");
            write(member.getValue(), out, meter, depth + 1);
            separator = ", ";
        }
        out.append("}>");
    }

    private static void quote(String text, Buffer out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(point -> {
            switch (point) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (point == quote) {
                        out.append('\\').append(quote);
                    } else if (Unicode.isPrintable(point)) {
                        out.append(Character.toString(point));
                    } else {
                        out.append(escape(point));
                    }
                }
            }
        });
        out.append(quote);
    }

    private static String escape(int point) {
        String hex = Integer.toHexString(point);
        if (point < 0x100) {
            return "\\x" + "0".repeat(2 - hex.length()) + hex;
        }
        return point < 0x10000 ? "\\u" + "0".repeat(4 - hex.length()) + hex : "\\U" + "0".repeat(8 - hex.length()) + hex;
    }

    /** The shortest digits that read back as the same number, with an exponent below 1e-4 and from 1e16 on. */
    static String real(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = shortest(Math.abs(number));
        String digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - decimal.scale() - 1;
        String sign = number < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            String power = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : String.valueOf(Math.abs(exponent));
            return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + power;
        }
        String plain = decimal.toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }

    /** Java prints two digits at least, and where one digit suffices for a denormal number that is one too many. */
    private static BigDecimal shortest(double number) {
        BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        if (decimal.precision() == 2) {
            BigDecimal single = decimal.round(new java.math.MathContext(1));
            return single.doubleValue() == number ? single.stripTrailingZeros() : decimal;
        }
        return decimal;
    }
}
