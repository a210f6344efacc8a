package dev.cadenza.chat;

import dev.cadenza.tokenizer.Tokenizer;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** One token per UTF-16 unit, and special tokens from 1,000,000 on. */
final class FakeTokenizer implements Tokenizer {
    static final int FIRST_SPECIAL = 1_000_000;
    private final List<String> specials;

    FakeTokenizer(String... specials) {
        this.specials = List.of(specials);
    }

    /** Text of ids, special tokens in square brackets of their own. */
    String show(int[] ids) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(isSpecial(id) ? "\u27e6" + specials.get(id - FIRST_SPECIAL) + "\u27e7" : Character.toString(id));
        }
        return text.toString();
    }

    @Override
    public int vocabulary() {
        return FIRST_SPECIAL + specials.size();
    }

    @Override
    public int[] encode(String text) {
        return text.chars().toArray();
    }

    @Override
    public byte[] bytes(int token) {
        return isSpecial(token) ? new byte[0] : text(token).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public String text(int token) {
        return isSpecial(token) ? specials.get(token - FIRST_SPECIAL) : Character.toString(token);
    }

    @Override
    public boolean isSpecial(int token) {
        return token >= FIRST_SPECIAL;
    }

    @Override
    public List<String> specialTexts() {
        return specials;
    }

    @Override
    public OptionalInt special(String text) {
        int index = specials.indexOf(text);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(FIRST_SPECIAL + index);
    }

    @Override
    public Set<Integer> endTokens() {
        return Set.of(FIRST_SPECIAL);
    }

    @Override
    public String bosText() {
        return null;
    }

    @Override
    public String eosText() {
        return specials.getFirst();
    }

    @Override
    public void close() {
    }
}
