package dev.cadenza.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Python's text algorithms that Java lacks. Positions count UTF-16 units here; callers translate. */
final class Texts {
    private Texts() {
    }

    /** @param chars the set to strip, {@code null}: whitespace */
    static String strip(String text, String chars, boolean left, boolean right) {
        IntPredicate strips = chars == null ? Unicode::isSpace : point -> chars.indexOf(point) >= 0;
        int start = 0;
        int end = text.length();
        while (left && start < end && strips.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && strips.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    /** @param most number of splits, negative: all */
    static List<String> split(String text, String separator, long most) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && (most < 0 || parts.size() < most); at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    static List<String> splitRight(String text, String separator, long most) {
        List<String> parts = new ArrayList<>();
        int to = text.length();
        int at = text.lastIndexOf(separator);
        while (at >= 0 && (most < 0 || parts.size() < most)) {
            parts.addFirst(text.substring(at + separator.length(), to));
            to = at;
            at = to < separator.length() ? -1 : text.lastIndexOf(separator, to - separator.length());
        }
        parts.addFirst(text.substring(0, to));
        return parts;
    }

    static List<String> splitWords(String text, long most) {
        List<String> parts = new ArrayList<>();
        int at = Unicode.skipSpace(text, 0);
        while (at < text.length()) {
            if (most >= 0 && parts.size() >= most) {
                parts.add(Unicode.stripRight(text.substring(at)));
                break;
            }
            int end = at;
            while (end < text.length() && !Unicode.isSpace(text.charAt(end))) {
                end++;
            }
            parts.add(text.substring(at, end));
            at = Unicode.skipSpace(text, end);
        }
        return parts;
    }

    static List<String> splitWordsRight(String text, long most) {
        List<String> parts = new ArrayList<>();
        String rest = Unicode.stripRight(text);
        while (!rest.isEmpty()) {
            if (most >= 0 && parts.size() >= most) {
                parts.addFirst(Unicode.stripLeft(rest));
                break;
            }
            int start = rest.length();
            while (start > 0 && !Unicode.isSpace(rest.charAt(start - 1))) {
                start--;
            }
            parts.addFirst(rest.substring(start));
            rest = Unicode.stripRight(rest.substring(0, start));
        }
        return parts;
    }

    static List<String> lines(String text, boolean keepEnds) {
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int end = from;
            while (end < text.length() && !Unicode.isLineBreak(text.charAt(end))) {
                end++;
            }
            int next = end;
            if (end < text.length()) {
                next += text.startsWith("\r\n", end) ? 2 : 1;
            }
            lines.add(text.substring(from, keepEnds ? next : end));
            from = next;
        }
        return lines;
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int end = text.offsetByCodePoints(0, 1);
        return titleCase(text.codePointAt(0)) + text.substring(end).toLowerCase(Locale.ROOT);
    }

    /** Each run of cased characters starts with title case and goes on in lower case. */
    static String title(String text) {
        StringBuilder title = new StringBuilder(text.length());
        boolean inWord = false;
        for (int at = 0; at < text.length();) {
            int point = text.codePointAt(at);
            title.append(inWord ? Character.toString(point).toLowerCase(Locale.ROOT) : titleCase(point));
            inWord = isCased(point);
            at += Character.charCount(point);
        }
        return title.toString();
    }

    private static String titleCase(int point) {
        int title = Character.toTitleCase(point);
        if (title != point) {
            return Character.toString(title);
        }
        String upper = Character.toString(point).toUpperCase(Locale.ROOT);
        return upper.length() > Character.charCount(point) && Character.isLowerCase(point)
                ? upper.substring(0, 1) + upper.substring(1).toLowerCase(Locale.ROOT) : Character.toString(point);
    }

    static boolean isCased(int point) {
        return Character.isUpperCase(point) || Character.isLowerCase(point) || Character.isTitleCase(point);
    }

    static String swapCase(String text) {
        StringBuilder swapped = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            String one = Character.toString(point);
            swapped.append(Character.isUpperCase(point) ? one.toLowerCase(Locale.ROOT) : Character.isLowerCase(point) ? one.toUpperCase(Locale.ROOT) : one);
        });
        return swapped.toString();
    }

    static boolean isTitle(String text) {
        boolean inWord = false;
        boolean any = false;
        for (int point : text.codePoints().toArray()) {
            if (Character.isUpperCase(point) || Character.isTitleCase(point)) {
                if (inWord) {
                    return false;
                }
                inWord = true;
                any = true;
            } else if (Character.isLowerCase(point)) {
                if (!inWord) {
                    return false;
                }
                any = true;
            } else {
                inWord = false;
            }
        }
        return any;
    }

    static boolean isLower(String text) {
        return text.codePoints().noneMatch(p -> Character.isUpperCase(p) || Character.isTitleCase(p)) && text.codePoints().anyMatch(Character::isLowerCase);
    }

    static boolean isUpper(String text) {
        return text.codePoints().noneMatch(p -> Character.isLowerCase(p) || Character.isTitleCase(p)) && text.codePoints().anyMatch(Character::isUpperCase);
    }

    static boolean isDigit(int point) {
        return Character.isDigit(point) || point == 0xb2 || point == 0xb3 || point == 0xb9 || point == 0x2070 || point >= 0x2074 && point <= 0x2079
                || point >= 0x2080 && point <= 0x2089 || point >= 0x2460 && point <= 0x2468;
    }

    static boolean isNumeric(int point) {
        int type = Character.getType(point);
        return isDigit(point) || type == Character.LETTER_NUMBER || type == Character.OTHER_NUMBER;
    }

    static boolean isAlpha(int point) {
        return switch (Character.getType(point)) {
            case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER, Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> true;
            default -> false;
        };
    }

    static boolean isIdentifier(String text) {
        if (text.isEmpty() || !(text.codePointAt(0) == '_' || Character.isUnicodeIdentifierStart(text.codePointAt(0)))) {
            return false;
        }
        return text.codePoints().allMatch(p -> Character.isUnicodeIdentifierPart(p) && !Character.isIdentifierIgnorable(p));
    }

    static boolean allMatch(String text, IntPredicate predicate) {
        return !text.isEmpty() && text.codePoints().allMatch(predicate);
    }
}
