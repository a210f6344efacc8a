package dev.cadenza.chat.jinja;

/**
 * What one render may use; beyond any of these it fails with a {@link dev.cadenza.chat.TemplateError}.
 *
 * @param textChars  UTF-16 units of the output, and of any single string
 * @param totalChars UTF-16 units of all strings that operators, filters and methods make during the render
 * @param steps      expressions and statements evaluated, elements walked by filters included
 * @param depth      nested evaluations: macro calls, statements and expressions together
 * @param valueDepth nesting of lists and maps
 * @param weight     elements of a list or map, those of nested ones and a sixteenth of their text included
 * @param intBits    bits of an integer
 */
public record Limits(int textChars, long totalChars, long steps, int depth, int valueDepth, long weight, int intBits) {

    public static final Limits DEFAULT = new Limits(1 << 23, 1L << 27, 20_000_000, 1_000, 200, 1 << 22, 1 << 15);

    /** Elements of a {@code range}; the sandbox of Jinja has the same bound. */
    static final int RANGE = 100_000;
    /** Nesting of statements and parentheses in a template's source. */
    static final int PARSE_DEPTH = 100;
    /** Nesting of a template's expression tree; chains of operators count. */
    static final int TREE_DEPTH = 400;
    /** Lazy filters over lazy filters. */
    static final int STREAM_DEPTH = 100;
    /** UTF-16 units of a template's source. */
    static final int SOURCE_CHARS = 1 << 21;
    /** Decimal digits of an integer that can be printed or read. */
    static final int INT_DIGITS = 4_300;
}
