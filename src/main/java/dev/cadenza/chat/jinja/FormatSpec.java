package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a value is formatted: Python's format mini-language.
 *
 * @param align     one of {@code < > = ^}, or 0: the type's own
 * @param sign      one of {@code + - } and blank
 * @param grouping  {@code ,} or {@code _} between groups of digits, or 0
 * @param precision -1: not given
 * @param type      presentation, or 0: the value's own
 */
record FormatSpec(String fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {
    private static final Pattern SPEC = Pattern.compile("(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?([a-zA-Z%])?", Pattern.DOTALL);

    static FormatSpec parse(String spec) {
        Matcher matcher = SPEC.matcher(spec);
        if (!matcher.matches()) {
            throw new TemplateError("Invalid format specifier '" + spec + "'");
        }
        boolean zero = matcher.group(5) != null;
        char align = first(matcher.group(2), zero ? '=' : 0);
        String fill = matcher.group(1) != null ? matcher.group(1) : zero ? "0" : " ";
        return new FormatSpec(fill, align, first(matcher.group(3), '-'), matcher.group(4) != null, number(matcher.group(6), 0),
                first(matcher.group(7), (char) 0), number(matcher.group(8), -1), first(matcher.group(9), (char) 0));
    }

    private static char first(String text, int otherwise) {
        return text == null ? (char) otherwise : text.charAt(0);
    }

    private static int number(String digits, int otherwise) {
        return digits == null ? otherwise : Integer.parseInt(digits);
    }

    /** @throws TemplateError the presentation does not fit the value */
    String apply(Value value, Meter meter) {
        meter.text(Math.max(0, width) + (long) Math.max(0, precision));
        return switch (value) {
            case Value.Int number -> whole(number.whole(), meter);
            case Value.Bool bool when type == 0 -> text(Repr.str(bool, meter), '>');
            case Value.Bool bool -> whole(bool.whole(), meter);
            case Value.Real number -> real(number.real(), meter);
            case Value.Text text -> {
                if (type != 0 && type != 's' || align == '=') {
                    throw unknown(value);
                }
                yield text(text.text(), '<');
            }
            default -> throw new TemplateError("unsupported format string passed to " + Types.name(value) + ".__format__");
        };
    }

    private TemplateError unknown(Value value) {
        return new TemplateError("Unknown format code '" + (type == 0 ? "=" : type) + "' for object of type '" + Types.name(value) + "'");
    }

    private String text(String text, char own) {
        String cut = precision >= 0 && precision < Unicode.length(text) ? text.substring(0, text.offsetByCodePoints(0, precision)) : text;
        return pad("", cut, own);
    }

    private String whole(BigInteger number, Meter meter) {
        String digits = switch (type) {
            case 0, 'd', 'n' -> Repr.digits(new Value.Int(number.abs()));
            case 'x' -> number.abs().toString(16);
            case 'X' -> number.abs().toString(16).toUpperCase(Locale.ROOT);
            case 'o' -> number.abs().toString(8);
            case 'b' -> number.abs().toString(2);
            case 'c' -> character(number);
            case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> null;
            default -> throw unknown(new Value.Int(number));
        };
        if (digits == null) {
            return real(Numbers.real(new Value.Int(number)), meter);
        }
        if (type == 'c') {
            return pad("", digits, '<');
        }
        String prefix = alternate && (type == 'x' || type == 'X' || type == 'o' || type == 'b') ? "0" + type : "";
        return numeric(number.signum() < 0, prefix, digits, "");
    }

    private static String character(BigInteger number) {
        if (number.bitLength() > 31 || !Character.isValidCodePoint(number.intValue())) {
            throw new TemplateError("%c arg not in range(0x110000)");
        }
        return Character.toString(number.intValue());
    }

    private String real(double number, Meter meter) {
        boolean negative = number < 0 || number == 0 && 1 / number < 0;
        double size = Math.abs(number);
        if (!Double.isFinite(number)) {
            String word = Double.isNaN(number) ? "nan" : "inf";
            return numeric(negative, "", Character.isUpperCase(type) ? word.toUpperCase(Locale.ROOT) : word, "");
        }
        String digits = switch (type) {
            case 0 -> precision < 0 ? Repr.real(size) : shortReal(size);
            case 'f', 'F' -> fixed(size, precision < 0 ? 6 : precision);
            case 'e', 'E' -> scientific(size, precision < 0 ? 6 : precision);
            case 'g', 'G', 'n' -> general(size, precision < 0 ? 6 : Math.max(1, precision), alternate);
            case '%' -> fixed(size * 100, precision < 0 ? 6 : precision) + "%";
            default -> throw unknown(new Value.Real(number));
        };
        meter.text(digits.length());
        int end = 0;
        while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
            end++;
        }
        String cased = Character.isUpperCase(type) ? digits.toUpperCase(Locale.ROOT) : digits;
        return numeric(negative, "", cased.substring(0, end), cased.substring(end));
    }

    /** Significant digits as with {@code g}, but never without a fraction. */
    private String shortReal(double number) {
        int significant = Math.max(1, precision);
        String general = general(number, significant, false);
        int exponent = number == 0 ? 0 : exponent(number, significant);
        boolean scientific = general.indexOf('e') >= 0 || exponent >= significant - 1 && exponent > 0 && exponent == significant - 1 && general.indexOf('.') < 0;
        if (scientific && general.indexOf('e') < 0) {
            return trimZeros(scientific(number, significant - 1));
        }
        return general.indexOf('e') >= 0 || general.indexOf('.') >= 0 ? general : general + ".0";
    }

    static String fixed(double number, int decimals) {
        return new BigDecimal(number).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static int exponent(double number, int significant) {
        BigDecimal rounded = new BigDecimal(number).round(new java.math.MathContext(significant, RoundingMode.HALF_EVEN));
        return rounded.precision() - rounded.scale() - 1;
    }

    static String scientific(double number, int decimals) {
        BigDecimal rounded = new BigDecimal(number).round(new java.math.MathContext(decimals + 1, RoundingMode.HALF_EVEN));
        String digits = rounded.unscaledValue().toString();
        int exponent = number == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        digits = digits + "0".repeat(Math.max(0, decimals + 1 - digits.length()));
        String fraction = decimals == 0 ? "" : "." + digits.substring(1, decimals + 1);
        int power = Math.abs(exponent);
        return digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + (power < 10 ? "0" : "") + power;
    }

    static String general(double number, int significant, boolean keepZeros) {
        int exponent = number == 0 ? 0 : exponent(number, significant);
        String text = exponent < -4 || exponent >= significant ? scientific(number, significant - 1) : fixed(number, significant - 1 - exponent);
        return keepZeros ? text : trimZeros(text);
    }

    private static String trimZeros(String text) {
        int tail = text.indexOf('e') < 0 ? text.length() : text.indexOf('e');
        int end = tail;
        if (text.substring(0, tail).indexOf('.') >= 0) {
            while (text.charAt(end - 1) == '0') {
                end--;
            }
            if (text.charAt(end - 1) == '.') {
                end--;
            }
        }
        return text.substring(0, end) + text.substring(tail);
    }

    private String numeric(boolean negative, String prefix, String digits, String tail) {
        String shown = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
        int room = align == '=' && fill.equals("0") ? width - shown.length() - prefix.length() - tail.length() : 0;
        return pad(shown + prefix, grouped(digits, room) + tail, '>');
    }

    private String grouped(String digits, int room) {
        if (grouping == 0) {
            return digits;
        }
        int size = type == 'x' || type == 'X' || type == 'o' || type == 'b' ? 4 : 3;
        StringBuilder grouped = new StringBuilder();
        for (int i = digits.length() - 1, count = 0; i >= 0 || grouped.length() < room; i--, count++) {
            if (count > 0 && count % size == 0) {
                grouped.append(grouping);
            }
            grouped.append(i >= 0 ? digits.charAt(i) : '0');
        }
        return grouped.reverse().toString();
    }

    private String pad(String head, String body, char own) {
        int missing = Math.max(0, width - Unicode.length(head) - Unicode.length(body));
        return switch (align == 0 ? own : align) {
            case '<' -> head + body + fill.repeat(missing);
            case '^' -> fill.repeat(missing / 2) + head + body + fill.repeat(missing - missing / 2);
            case '=' -> head + fill.repeat(missing) + body;
            default -> fill.repeat(missing) + head + body;
        };
    }
}
