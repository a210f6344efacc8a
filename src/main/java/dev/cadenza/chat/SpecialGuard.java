package dev.cadenza.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Breaks special texts inside client text, so that rendering cannot make them special: a private-use character that occurs nowhere in it goes
 * behind the first character of each. Case is ignored, for templates may change it, and so is what follows a text that ends with the beginning of
 * a special one, for templates join texts. Immutable; for one conversation.
 */
final class SpecialGuard {
    private static final int FIRST = 0xe000;
    private static final int LAST = 0xf8ff;

    private final List<String> specials;
    private final String guard;

    private SpecialGuard(List<String> specials, char guard) {
        this.specials = specials;
        this.guard = String.valueOf(guard);
    }

    /**
     * @param specials of two characters or more
     * @param texts    in which the guard must not occur: maps and lists of texts
     * @throws TemplateError every private-use character occurs
     */
    static SpecialGuard absentFrom(List<String> specials, Object... texts) {
        for (int candidate = FIRST; candidate <= LAST; candidate++) {
            String character = Character.toString(candidate);
            String escape = escape(character);
            if (!occurs(texts, text -> text.contains(character) || text.contains(escape))) {
                return new SpecialGuard(specials, (char) candidate);
            }
        }
        throw new TemplateError("the messages use every private-use character of Unicode");
    }

    private static boolean occurs(Object value, Predicate<String> test) {
        return switch (value) {
            case String text -> test.test(text);
            case Object[] values -> List.of(values).stream().anyMatch(item -> occurs(item, test));
            case List<?> values -> values.stream().anyMatch(item -> item != null && occurs(item, test));
            case Map<?, ?> entries -> entries.entrySet().stream()
                    .anyMatch(entry -> occurs(entry.getKey(), test) || entry.getValue() != null && occurs(entry.getValue(), test));
            default -> false;
        };
    }

    /** How JSON and Python's repr write the guard where they escape it. */
    private static String escape(String character) {
        return String.format(java.util.Locale.ROOT, "\\u%04x", (int) character.charAt(0));
    }

    /** The same value with every text in it guarded, keys included. */
    Object guarded(Object value) {
        return switch (value) {
            case null -> null;
            case String text -> guarded(text);
            case List<?> values -> values.stream().map(this::guarded).collect(Collectors.toList());
            case Map<?, ?> entries -> {
                Map<Object, Object> guarded = new LinkedHashMap<>();
                entries.forEach((key, item) -> guarded.put(guarded(key), guarded(item)));
                yield guarded;
            }
            default -> value;
        };
    }

    String guarded(String text) {
        StringBuilder broken = new StringBuilder(text.length());
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            if (startsSpecial(text, at)) {
                int next = at + Character.charCount(text.codePointAt(at));
                broken.append(text, from, next).append(guard);
                from = next;
            }
        }
        return from == 0 ? text : broken.append(text, from, text.length()).toString();
    }

    private boolean startsSpecial(String text, int at) {
        for (String special : specials) {
            int length = Math.min(special.length(), text.length() - at);
            if (text.regionMatches(true, at, special, 0, length)) {
                return true;
            }
        }
        return false;
    }

    /** What the text was before guarding. */
    String stripped(String text) {
        return text.replace(guard, "").replace(escape(guard), "");
    }
}
