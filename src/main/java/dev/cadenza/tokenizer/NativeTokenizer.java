package dev.cadenza.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;

/** The shared library that tokenizers need. */
public final class NativeTokenizer {
    private NativeTokenizer() {
    }

    /**
     * Loads it into the process, ahead of a tokenizer that will not have to wait for it then. Any thread.
     *
     * @throws IllegalStateException it does not load, as a tokenizer's making will say again
     */
    public static void load() {
        LibUtils.checkStatus();
    }
}
