package dev.cadenza.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/** Text to token ids and back. Immutable; any thread. */
public interface Tokenizer extends AutoCloseable {

    /**
     * @throws UnsupportedTokenizer     the model or pre-tokenizer that the description names is not implemented
     * @throws IllegalArgumentException the description is damaged; the message says where
     */
    static Tokenizer of(TokenizerSpec spec) {
        return of(spec, (_, make) -> make.get());
    }

    /**
     * The same with what the library reads taken from where an earlier process has left it.
     *
     * @param kept of this description
     * @see #of(TokenizerSpec)
     */
    static Tokenizer of(TokenizerSpec spec, Kept kept) {
        return new ByteLevelBpeTokenizer(spec, kept);
    }

    /** Keeps what takes a while to make. */
    @FunctionalInterface
    interface Kept {
        /**
         * @param version of what makes it: what others have made must not be taken
         * @param make    called when nothing is kept
         */
        byte[] bytes(int version, Supplier<byte[]> make);
    }

    int vocabulary();

    /** Encodes text without recognising any special token in it and without adding one. Unpaired surrogates count as U+FFFD. */
    int[] encode(String text);

    /** The bytes that the token stands for in an answer; may be half a character. Those of a special token are empty. */
    byte[] bytes(int token);

    /** The token's text as the vocabulary names it, special tokens included; replacement characters stand for half characters. */
    String text(int token);

    /** The token that the text is when it is one, special or not. */
    default OptionalInt single(String text) {
        OptionalInt special = special(text);
        int[] ids = special.isPresent() ? new int[0] : encode(text);
        return ids.length == 1 ? OptionalInt.of(ids[0]) : special;
    }

    /** Whether the token steers the model and shows no text (control tokens). */
    boolean isSpecial(int token);

    /** Texts that a template may turn into one token and a user may not: control and user-defined tokens, longest first. */
    List<String> specialTexts();

    /** The token for one of {@link #specialTexts()}. */
    OptionalInt special(String text);

    /** Tokens that end an answer: eos, and the control tokens with which known chat models close a turn. */
    Set<Integer> endTokens();

    /** Text of the bos and eos token, {@code null} when the model has none. */
    String bosText();

    String eosText();

    @Override
    void close();
}
