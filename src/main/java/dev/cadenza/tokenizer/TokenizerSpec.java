package dev.cadenza.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A tokenizer as a checkpoint describes it.
 *
 * @param model        "gpt2": byte-level BPE
 * @param preTokenizer name of the splitting rule ("smollm")
 * @param tokens       vocabulary in id order, in the byte-to-unicode alphabet of byte-level BPE
 * @param kinds        per token
 * @param merges       "left right", best first
 * @param bos          id, -1: none
 * @param eos          id, -1: none
 * @param addBos       whether a plain prompt starts with bos
 */
public record TokenizerSpec(String model, String preTokenizer, List<String> tokens, List<TokenKind> kinds, List<String> merges, int bos, int eos,
        boolean addBos) {
    public TokenizerSpec {
        tokens = List.copyOf(tokens);
        kinds = List.copyOf(kinds);
        merges = List.copyOf(merges);
    }

    /** The smallest id that does not stand for the same bytes in the other; empty when all do, and both have as many. */
    public OptionalInt firstDifference(TokenizerSpec other) {
        int longest = Math.max(tokens.size(), other.tokens.size());
        return IntStream.range(0, longest).filter(id -> id >= tokens.size() || id >= other.tokens.size()
                || !tokens.get(id).equals(other.tokens.get(id)) || kinds.get(id) != other.kinds.get(id)).findFirst();
    }

    public enum TokenKind {
        NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE
    }
}
