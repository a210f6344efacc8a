package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import dev.cadenza.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits template source into tokens with block trimming and left stripping on: one newline behind a block or comment tag is dropped, and so are
 * blanks between a line's start and such a tag; {@code -} strips all whitespace on its side, {@code +} strips nothing.
 */
final class Lexer {
    private static final Pattern FLOAT = Pattern.compile("(?<!\\.)\\d[\\d_]*(?:(?:\\.\\d[\\d_]*)?[eE][+\\-]?\\d[\\d_]*|\\.\\d[\\d_]*)");
    private static final Pattern INTEGER = Pattern.compile("0[bB][01_]+|0[oO][0-7_]+|0[xX][\\da-fA-F_]+|[1-9][\\d_]*|0[0_]*");
    private static final Pattern RAW_BEGIN = Pattern.compile("\\{%([-+]?)\\s*raw\\s*(-%}\\s*|%})", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(\\+%}|-%}\\s*|%}\\n?)", Pattern.UNICODE_CHARACTER_CLASS);
    private static final List<String> OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
            "}", ">", "<", "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** @throws TemplateError the source has an unclosed tag, an unknown character or an unbalanced bracket */
    static List<Token> tokens(String source) {
        if (source.length() > Limits.SOURCE_CHARS) {
            throw new TemplateError("the template is longer than " + Limits.SOURCE_CHARS + " characters");
        }
        String normal = source.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(normal.endsWith("\n") ? normal.substring(0, normal.length() - 1) : normal);
        lexer.run();
        return List.copyOf(lexer.tokens);
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(source.substring(at));
                at = source.length();
                break;
            }
            char kind = source.charAt(tag + 1);
            Matcher raw = matcher(RAW_BEGIN, tag);
            boolean isRaw = kind == '%' && raw.lookingAt();
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            boolean signed = sign == '-' || sign == '+';
            data(stripBefore(source.substring(at, tag), sign, kind != '{'));
            line += lines(at, tag);
            if (isRaw) {
                raw(tag, raw.end());
            } else if (kind == '#') {
                comment(tag, signed);
            } else {
                at = tag + (signed ? 3 : 2);
                add(kind == '{' ? Kind.PRINT_BEGIN : Kind.BLOCK_BEGIN, source.substring(tag, at));
                code(kind == '{' ? "}}" : "%}");
            }
        }
        add(Kind.END, "");
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    /** What remains of the data in front of a tag. */
    private String stripBefore(String data, char sign, boolean strippable) {
        if (sign == '-') {
            return Unicode.stripRight(data);
        }
        if (sign == '+' || !strippable) {
            return data;
        }
        int start = data.lastIndexOf('\n') + 1;
        boolean blank = Unicode.isBlank(data, start);
        return blank && (start > 0 || lineStarts) && start < data.length() ? data.substring(0, start) : data;
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            add(Kind.DATA, text);
        }
    }

    private void comment(int tag, boolean signed) {
        int start = tag + (signed ? 3 : 2);
        int end = source.indexOf("#}", start);
        if (end < 0) {
            throw error("Missing end of comment tag");
        }
        afterTag(tag, end, source.charAt(end - 1), end > start);
    }

    private void raw(int tag, int bodyStart) {
        line += lines(tag, bodyStart);
        Matcher end = matcher(RAW_END, bodyStart);
        if (!end.find()) {
            throw error("Missing end of raw directive");
        }
        lineStarts = source.charAt(bodyStart - 1) == '\n';
        String sign = end.group(1);
        data(stripBefore(source.substring(bodyStart, end.start()), sign.isEmpty() ? ' ' : sign.charAt(0), true));
        moveTo(bodyStart, end.end());
    }

    /** Leaves a tag whose closing mark starts at {@code end} and applies its whitespace control. */
    private void afterTag(int from, int end, char sign, boolean signed) {
        int next = end + 2;
        if (signed && sign == '-') {
            next = Unicode.skipSpace(source, next);
        } else if (!(signed && sign == '+') && next < source.length() && source.charAt(next) == '\n') {
            next++;
        }
        moveTo(from, next);
    }

    private void moveTo(int from, int next) {
        line += lines(from, next);
        lineStarts = source.charAt(next - 1) == '\n';
        at = next;
    }

    private void code(String close) {
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            int from = at;
            at = Unicode.skipSpace(source, at);
            line += lines(from, at);
            if (at >= source.length()) {
                throw error("unexpected end of template, a tag is not closed with " + close);
            }
            if (open.isEmpty() && closes(close)) {
                return;
            }
            codeToken(open);
        }
    }

    private boolean closes(String close) {
        char first = source.charAt(at);
        boolean signed = first == '-' || first == '+' && close.equals("%}");
        int end = at + (signed ? 1 : 0);
        if (!source.startsWith(close, end)) {
            return false;
        }
        add(close.equals("}}") ? Kind.PRINT_END : Kind.BLOCK_END, close);
        if (close.equals("%}")) {
            afterTag(at, end, first, signed);
        } else {
            moveTo(at, signed ? Unicode.skipSpace(source, end + 2) : end + 2);
        }
        return true;
    }

    private void codeToken(Deque<Character> open) {
        int point = source.codePointAt(at);
        if (point == '\'' || point == '"') {
            string((char) point);
            return;
        }
        if (point < 128 && Character.isDigit(point)) {
            number();
            return;
        }
        if (point == '_' || Character.isUnicodeIdentifierStart(point)) {
            int end = at;
            while (end < source.length() && isNamePart(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            add(Kind.NAME, source.substring(at, end));
            at = end;
            return;
        }
        String operator = OPERATORS.stream().filter(o -> source.startsWith(o, at)).findFirst()
                .orElseThrow(() -> error("unexpected char '" + Character.toString(point) + "'"));
        balance(open, operator.charAt(0));
        add(Kind.OPERATOR, operator);
        at += operator.length();
    }

    private static boolean isNamePart(int point) {
        return point == '_' || Character.isUnicodeIdentifierPart(point) && !Character.isIdentifierIgnorable(point);
    }

    private void balance(Deque<Character> open, char bracket) {
        switch (bracket) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty()) {
                    throw error("unexpected '" + bracket + "'");
                }
                char expected = open.pop();
                if (expected != bracket) {
                    throw error("unexpected '" + bracket + "', expected '" + expected + "'");
                }
            }
            default -> {
            }
        }
    }

    private void number() {
        Matcher real = matcher(FLOAT, at);
        boolean isReal = real.lookingAt();
        Matcher number = isReal ? real : matcher(INTEGER, at);
        if (!isReal && !number.lookingAt() || number.group().contains("__") || number.group().endsWith("_")) {
            throw error("unexpected char '" + source.charAt(at) + "'");
        }
        add(isReal ? Kind.FLOAT : Kind.INTEGER, number.group().replace("_", ""));
        at = number.end();
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw error("unexpected char '" + quote + "'");
        }
        add(Kind.STRING, StringLiteral.decode(source.substring(at + 1, end), line));
        line += lines(at, end);
        at = end + 1;
    }

    private Matcher matcher(Pattern pattern, int from) {
        return pattern.matcher(source).region(from, source.length()).useTransparentBounds(true);
    }

    private int lines(int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += source.charAt(i) == '\n' ? 1 : 0;
        }
        return count;
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private TemplateError error(String message) {
        return new TemplateError("template line " + line + ": " + message);
    }
}
