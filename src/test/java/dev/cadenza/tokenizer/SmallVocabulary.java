package dev.cadenza.tokenizer;

import dev.cadenza.tokenizer.TokenizerSpec.TokenKind;
import java.util.ArrayList;
import java.util.List;

/** A byte-level vocabulary of a few hundred tokens: token i below 256 is byte i, then the results of the merges, then the specials. */
final class SmallVocabulary {
    static final int TURN_END = 256;
    static final int TURN_START = 257;
    static final int THINK = 258;
    static final int UNUSED = 259;
    static final List<String> SPECIALS = List.of("<|im_end|>", "<|im_start|>", "<think>", "[unused]");
    static final List<TokenKind> SPECIAL_KINDS = List.of(TokenKind.CONTROL, TokenKind.CONTROL, TokenKind.USER_DEFINED, TokenKind.UNUSED);
    static final List<String> MERGES = List.of("h e", "l l", "he ll", "hell o", "Ġ hello", "< |", "i m", "Ġ Ġ", "1 2", "12 3");

    private SmallVocabulary() {
    }

    static String letter(int value) {
        boolean printable = value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
        if (printable) {
            return Character.toString(value);
        }
        int rank = value <= ' ' ? value : value <= 0xA0 ? value - 0x7F + 33 : 67;
        return Character.toString(0x100 + rank);
    }

    static TokenizerSpec spec() {
        return spec("gpt2", "smollm", MERGES);
    }

    static TokenizerSpec spec(String model, String preTokenizer, List<String> merges) {
        var tokens = new ArrayList<String>();
        var kinds = new ArrayList<TokenKind>();
        for (int value = 0; value < 256; value++) {
            tokens.add(letter(value));
            kinds.add(TokenKind.NORMAL);
        }
        tokens.addAll(SPECIALS);
        kinds.addAll(SPECIAL_KINDS);
        for (String merge : MERGES) {
            tokens.add(merge.replace(" ", ""));
            kinds.add(TokenKind.NORMAL);
        }
        return new TokenizerSpec(model, preTokenizer, tokens, kinds, merges, -1, TURN_END, false);
    }

    static Tokenizer tokenizer() {
        return Tokenizer.of(spec());
    }
}
