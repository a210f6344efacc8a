package dev.cadenza.tokenizer;

/** The checkpoint asks for a kind of tokenizer that is not implemented; the message names it and what there is. */
public final class UnsupportedTokenizer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsupportedTokenizer(String message) {
        super(message);
    }
}
