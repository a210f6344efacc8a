package dev.cadenza.tokenizer;

import java.util.List;

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

    public enum TokenKind {
        NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE
    }
}
