package dev.cadenza.chat.jinja;

/** What Python's text knows about characters where Java's differs. */
final class Unicode {
    private Unicode() {
    }

    static boolean isSpace(int point) {
        return point >= 0x09 && point <= 0x0d || point >= 0x1c && point <= 0x20 || point == 0x85 || point == 0xa0 || point == 0x1680
                || point >= 0x2000 && point <= 0x200a || point == 0x2028 || point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
    }

    static boolean isLineBreak(int point) {
        return point >= 0x0a && point <= 0x0d || point >= 0x1c && point <= 0x1e || point == 0x85 || point == 0x2028 || point == 0x2029;
    }

    /** Whether {@code repr} shows the character as it is. */
    static boolean isPrintable(int point) {
        if (point < 0x7f) {
            return point >= 0x20;
        }
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    static int skipSpace(String text, int from) {
        int at = from;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    static String stripRight(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    static String stripLeft(String text) {
        return text.substring(skipSpace(text, 0));
    }

    static String strip(String text) {
        return stripRight(stripLeft(text));
    }

    static boolean isBlank(String text, int from) {
        return skipSpace(text, from) == text.length();
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** Order of code points, which differs from the order of UTF-16 units behind the surrogates. */
    static int compare(String left, String right) {
        int end = Math.min(left.length(), right.length());
        for (int i = 0; i < end; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean lowFirst = Character.isSurrogate(a) == Character.isSurrogate(b);
                return lowFirst ? Character.compare(a, b) : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return Integer.compare(left.length(), right.length());
    }
}
