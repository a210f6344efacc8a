package dev.cadenza.decoding;

/** What strategies must know of single tokens. Any thread. */
public interface TokenTraits {

    /** Whether the token ends an answer. */
    boolean ends(int token);

    /** Whether the token's text ends a clause: its last character, closing quotes and spaces apart, is one of {@code . , ? ! : ; ) ] }} or a line break. */
    boolean endsClause(int token);
}
