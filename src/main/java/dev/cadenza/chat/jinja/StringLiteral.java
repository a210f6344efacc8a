package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;

/** Decodes the escapes of a string literal as Python does; unknown escapes stay as they are. */
final class StringLiteral {
    private StringLiteral() {
    }

    static String decode(String body, int line) {
        if (body.indexOf('\\') < 0) {
            return body;
        }
        StringBuilder text = new StringBuilder(body.length());
        int at = 0;
        while (at < body.length()) {
            char unit = body.charAt(at);
            if (unit != '\\' || at + 1 >= body.length()) {
                text.append(unit);
                at++;
            } else {
                at = escape(body, at, text, line);
            }
        }
        return text.toString();
    }

    /** @return index behind the escape that starts at {@code at} */
    private static int escape(String body, int at, StringBuilder text, int line) {
        char kind = body.charAt(at + 1);
        String plain = switch (kind) {
            case '\n' -> "";
            case '\\' -> "\\";
            case '\'' -> "'";
            case '"' -> "\"";
            case 'a' -> "\u0007";
            case 'b' -> "\b";
            case 'f' -> "\f";
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case 'v' -> "\u000b";
            default -> null;
        };
        if (plain != null) {
            text.append(plain);
            return at + 2;
        }
        return switch (kind) {
            case 'x' -> hex(body, at + 2, 2, text, line);
            case 'u' -> hex(body, at + 2, 4, text, line);
            case 'U' -> hex(body, at + 2, 8, text, line);
            case 'N' -> named(body, at + 2, text, line);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(body, at + 1, text);
            default -> {
                text.append('\\');
                yield at + 1;
            }
        };
    }

    private static int hex(String body, int from, int digits, StringBuilder text, int line) {
        try {
            String code = body.substring(from, from + digits);
            text.appendCodePoint(Integer.parseUnsignedInt(code, 16));
            return from + digits;
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw new TemplateError("template line " + line + ": malformed escape in a string");
        }
    }

    private static int named(String body, int from, StringBuilder text, int line) {
        int end = body.indexOf('}', from);
        try {
            text.appendCodePoint(Character.codePointOf(body.substring(from + 1, end)));
            return end + 1;
        } catch (IndexOutOfBoundsException | IllegalArgumentException unknown) {
            throw new TemplateError("template line " + line + ": unknown character name in a string");
        }
    }

    private static int octal(String body, int from, StringBuilder text) {
        int end = from;
        int code = 0;
        while (end < body.length() && end < from + 3 && body.charAt(end) >= '0' && body.charAt(end) <= '7') {
            code = code * 8 + body.charAt(end++) - '0';
        }
        text.append((char) code);
        return end;
    }
}
