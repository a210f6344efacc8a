package dev.cadenza.api;

import dev.cadenza.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** One token per UTF-8 byte, and three special ones: half characters are everywhere. */
public final class ByteTokenizer implements Tokenizer {
    static final int START = 256;
    static final int END = 257;
    static final int OTHER_END = 258;
    private static final List<String> SPECIALS = List.of("<|im_start|>", "<|im_end|>", "<|other_end|>");

    @Override
    public int vocabulary() {
        return 256 + SPECIALS.size();
    }

    @Override
    public int[] encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = bytes[i] & 0xff;
        }
        return ids;
    }

    @Override
    public byte[] bytes(int token) {
        return isSpecial(token) ? new byte[0] : new byte[] {(byte) token};
    }

    @Override
    public String text(int token) {
        return isSpecial(token) ? SPECIALS.get(token - 256) : new String(bytes(token), StandardCharsets.UTF_8);
    }

    @Override
    public boolean isSpecial(int token) {
        return token >= 256;
    }

    @Override
    public List<String> specialTexts() {
        return SPECIALS;
    }

    @Override
    public OptionalInt special(String text) {
        int index = SPECIALS.indexOf(text);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(256 + index);
    }

    @Override
    public Set<Integer> endTokens() {
        return Set.of(END, OTHER_END);
    }

    @Override
    public String bosText() {
        return "<|im_start|>";
    }

    @Override
    public String eosText() {
        return "<|im_end|>";
    }

    @Override
    public void close() {
    }
}
