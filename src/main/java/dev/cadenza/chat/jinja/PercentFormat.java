package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code %} operator on text. Into safe text everything goes escaped. */
final class PercentFormat {
    private static final Pattern FIELD = Pattern.compile("%(?:\\(([^)]*)\\))?([-+ #0]*)(\\*|\\d{1,9})?(?:\\.(\\*|\\d{0,9}))?[hlL]?(.)", Pattern.DOTALL);

    private final Walker walker;
    private List<Value> values;
    private int used;

    PercentFormat(Walker walker) {
        this.walker = walker;
    }

    /** @throws TemplateError a malformed format, or values that do not fit it */
    Value apply(Value.Text format, Value argument) {
        values = argument instanceof Value.Tuple tuple ? tuple.values() : List.of(argument);
        Buffer out = new Buffer(walker.meter());
        Matcher field = FIELD.matcher(format.text());
        int from = 0;
        for (int at = format.text().indexOf('%'); at >= 0; at = format.text().indexOf('%', from)) {
            if (!field.region(at, format.text().length()).lookingAt()) {
                throw new TemplateError("incomplete format");
            }
            out.append(format.text().substring(from, at));
            out.append(field(field, argument, format.safe()));
            from = field.end();
        }
        boolean lenient = argument instanceof Value.Dict || argument instanceof Value.Items || argument instanceof Value.Undefined;
        if (used < values.size() && !lenient) {
            throw new TemplateError("not all arguments converted during string formatting");
        }
        return format.with(out.append(format.text().substring(from)).toString());
    }

    private String field(Matcher field, Value argument, boolean escape) {
        char kind = field.group(5).charAt(0);
        if (kind == '%') {
            return "%";
        }
        int width = size(field.group(3), 0);
        int precision = size(field.group(4), -1);
        Value value = field.group(1) == null ? next() : named(argument, field.group(1));
        String flags = field.group(2);
        boolean left = flags.indexOf('-') >= 0 || width < 0;
        boolean zero = flags.indexOf('0') >= 0 && !left;
        char sign = flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-';
        char align = left ? '<' : '>';
        boolean alternate = flags.indexOf('#') >= 0;
        return switch (kind) {
            case 's', 'r', 'a' -> {
                String text = kind == 's' ? walker.str(value) : Repr.repr(value, walker.meter());
                boolean plain = escape && !(kind == 's' && value instanceof Value.Text safe && safe.safe());
                yield new FormatSpec(" ", align, '-', false, Math.abs(width), (char) 0, precision, 's')
                        .apply(Value.text(plain ? Html.escape(text) : text), walker.meter());
            }
            case 'd', 'i', 'u', 'x', 'X', 'o' -> {
                char type = kind == 'i' || kind == 'u' ? 'd' : kind;
                boolean decimal = type == 'd';
                yield new FormatSpec(zero ? "0" : " ", zero ? '=' : align, sign, alternate, Math.abs(width), (char) 0, -1, type)
                        .apply(padded(whole(value, decimal, kind), precision), walker.meter());
            }
            case 'e', 'E', 'f', 'F', 'g', 'G' -> new FormatSpec(zero ? "0" : " ", zero ? '=' : align, sign, alternate, Math.abs(width), (char) 0,
                    precision < 0 ? 6 : precision, kind).apply(new Value.Real(Numbers.real(number(value, kind))), walker.meter());
            case 'c' -> new FormatSpec(" ", align, '-', false, Math.abs(width), (char) 0, -1, 's').apply(character(value), walker.meter());
            default -> throw new TemplateError("unsupported format character '" + kind + "'");
        };
    }

    private static Value.Int padded(Value.Int number, int precision) {
        if (precision > 1 && Repr.digits(number).length() < precision) {
            throw new TemplateError("a precision for integers is not supported");
        }
        return number;
    }

    private int size(String digits, int otherwise) {
        if (digits == null) {
            return otherwise;
        }
        return digits.equals("*") ? StringMethods.integer(next(), 0, "format") : digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }

    private Value next() {
        if (used >= values.size()) {
            throw new TemplateError("not enough arguments for format string");
        }
        return values.get(used++);
    }

    private static Value named(Value argument, String name) {
        if (!(argument instanceof Value.Dict dict)) {
            throw new TemplateError("format requires a mapping");
        }
        Value value = dict.entries().get(Value.text(name));
        if (value == null) {
            throw new TemplateError("the format's key '" + name + "' is missing");
        }
        return value;
    }

    private static Value.Number number(Value value, char kind) {
        if (value instanceof Value.Number number) {
            return number;
        }
        Types.refuseUndefined(value);
        throw new TemplateError("%" + kind + " format: a real number is required, not " + Types.name(value));
    }

    private static Value.Int whole(Value value, boolean decimal, char kind) {
        return switch (number(value, kind)) {
            case Value.Whole whole -> new Value.Int(whole.whole());
            case Value.Real(double real) -> {
                if (!decimal || !Double.isFinite(real)) {
                    throw new TemplateError("%" + kind + " format: an integer is required, not float");
                }
                yield new Value.Int(new java.math.BigDecimal(real).toBigInteger());
            }
        };
    }

    private static Value character(Value value) {
        if (value instanceof Value.Whole whole && whole.whole().bitLength() < 31 && Character.isValidCodePoint(whole.whole().intValue())) {
            return Value.text(Character.toString(whole.whole().intValue()));
        }
        if (value instanceof Value.Text text && Unicode.length(text.text()) == 1) {
            return text;
        }
        throw new TemplateError("%c requires int or char");
    }
}
