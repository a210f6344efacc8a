package dev.cadenza.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Ten tokens: an end, letters, both halves of one character, a special without text, and a last one that ToyEngine never says by itself. */
public final class ToyTokenizer implements Tokenizer {
    public static final int END = 0;
    public static final int UNSAID = 9;
    private static final byte[][] BYTES = {{}, {'a'}, {'b'}, {'c'}, {'d', 'e'}, {(byte) 0xC3}, {(byte) 0xA9}, {}, {' '}, {'X'}};

    @Override
    public int vocabulary() {
        return BYTES.length;
    }

    @Override
    public int[] encode(String text) {
        return text.chars().map(c -> switch (c) {
            case 'a', 'b', 'c' -> 1 + c - 'a';
            case ' ' -> 8;
            default -> throw new IllegalArgumentException("no token for " + (char) c);
        }).toArray();
    }

    @Override
    public byte[] bytes(int token) {
        return BYTES[token].clone();
    }

    @Override
    public String text(int token) {
        return "<" + token + ">";
    }

    @Override
    public boolean isSpecial(int token) {
        return token == END || token == 7;
    }

    @Override
    public List<String> specialTexts() {
        return List.of("<0>", "<7>");
    }

    @Override
    public OptionalInt special(String text) {
        return switch (text) {
            case "<0>" -> OptionalInt.of(0);
            case "<7>" -> OptionalInt.of(7);
            default -> OptionalInt.empty();
        };
    }

    @Override
    public Set<Integer> endTokens() {
        return Set.of(END);
    }

    @Override
    public String bosText() {
        return null;
    }

    @Override
    public String eosText() {
        return "<0>";
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
