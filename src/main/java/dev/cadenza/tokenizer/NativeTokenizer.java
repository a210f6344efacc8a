package dev.cadenza.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

/** The shared library that tokenizers need. */
public final class NativeTokenizer {
    private NativeTokenizer() {
    }

    /**
     * Loads it into the process, ahead of a tokenizer that will not have to wait for it then. Any thread.
     *
     * @throws LinkageError it does not load, as a tokenizer's making will say again
     */
    public static void load() {
        if (TokenizersLibrary.LIB == null) {
            throw new UnsatisfiedLinkError("the tokenizers' library did not load");
        }
    }
}
