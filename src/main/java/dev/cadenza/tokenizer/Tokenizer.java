package dev.cadenza.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Text to token ids and back. Immutable; any thread. */
public interface Tokenizer extends AutoCloseable {

    int vocabulary();

    /** Encodes text without recognising any special token in it and without adding one. */
    int[] encode(String text);

    /** The bytes that the token stands for; may be half a character. Those of a special token are empty. */
    byte[] bytes(int token);

    /** The token's text as the vocabulary names it, special tokens included; replacement characters stand for half characters. */
    String text(int token);

    boolean isSpecial(int token);

    /** Special tokens' texts, longest first. */
    List<String> specialTexts();

    OptionalInt special(String text);

    /** Tokens that end an answer. */
    Set<Integer> endTokens();

    /** Text of the bos and eos token, {@code null} when the model has none. */
    String bosText();

    String eosText();

    @Override
    void close();
}
