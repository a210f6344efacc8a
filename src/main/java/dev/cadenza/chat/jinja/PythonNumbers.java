package dev.cadenza.chat.jinja;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads numbers from text by Python's rules. */
final class PythonNumbers {
    private static final Pattern INTEGER = Pattern.compile("([+-]?)(0[xX]|0[oO]|0[bB])?([0-9a-zA-Z]+)");
    private static final Pattern REAL = Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");

    private PythonNumbers() {
    }

    /** @param base 2 to 36, or 0: as the prefix says  @return {@code null} when the text is no integer */
    static BigInteger integer(String text, int base) {
        String digits = ascii(Unicode.strip(text));
        if (digits == null || digits.length() > Limits.INT_DIGITS) {
            return null;
        }
        Matcher matcher = INTEGER.matcher(digits);
        if (!matcher.matches() || base < 0 || base == 1 || base > 36) {
            return null;
        }
        String prefix = matcher.group(2) == null ? "" : matcher.group(2).toLowerCase(Locale.ROOT);
        int meant = prefix.isEmpty() ? 10 : prefix.equals("0x") ? 16 : prefix.equals("0o") ? 8 : 2;
        boolean prefixed = !prefix.isEmpty() && (base == 0 || base == meant);
        String body = (prefixed ? "" : prefix) + matcher.group(3);
        try {
            return new BigInteger(matcher.group(1) + body, base == 0 ? meant : base);
        } catch (NumberFormatException otherDigits) {
            return null;
        }
    }

    /** @return {@code null} when the text is no number */
    static Double real(String text) {
        String number = ascii(Unicode.strip(text));
        if (number == null) {
            return null;
        }
        String word = number.toLowerCase(Locale.ROOT);
        String size = word.startsWith("-") || word.startsWith("+") ? word.substring(1) : word;
        int sign = word.startsWith("-") ? -1 : 1;
        return switch (size) {
            case "inf", "infinity" -> sign * Double.POSITIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> REAL.matcher(number).matches() ? Double.valueOf(number) : null;
        };
    }

    /** With every decimal digit of whatever script written as 0 to 9, and without the underscores between digits. @return {@code null}: a stray one */
    private static String ascii(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            int point = text.codePointAt(at);
            if (point == '_') {
                boolean between = at > 0 && at + 1 < text.length() && Character.isLetterOrDigit(text.charAt(at - 1))
                        && Character.isLetterOrDigit(text.charAt(at + 1));
                if (!between) {
                    return null;
                }
            } else if (point > 127 && Character.isDigit(point)) {
                plain.append(Character.digit(point, 10));
            } else {
                plain.appendCodePoint(point);
            }
        }
        return plain.toString();
    }
}
