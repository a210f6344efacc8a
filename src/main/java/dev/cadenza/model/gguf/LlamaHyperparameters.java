package dev.cadenza.model.gguf;

import dev.cadenza.model.Architecture;
import java.util.Set;

/** Reads {@code llama.*} metadata. Whatever would change the computation and is not implemented is refused by its key. */
final class LlamaHyperparameters {
    private static final String FAMILY = "llama";
    private static final String SCALING = "llama.rope.scaling.";
    private static final Set<String> KNOWN = Set.of("llama.block_count", "llama.context_length", "llama.embedding_length",
            "llama.feed_forward_length", "llama.attention.head_count", "llama.attention.head_count_kv", "llama.attention.key_length",
            "llama.attention.value_length", "llama.attention.layer_norm_rms_epsilon", "llama.rope.freq_base", "llama.rope.dimension_count",
            "llama.vocab_size", "llama.tensor_data_layout");
    private static final Set<String> ZERO = Set.of("llama.expert_count", "llama.expert_used_count", "llama.attention.sliding_window");
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_CONTEXT = 1 << 24;

    private LlamaHyperparameters() {
    }

    /** @param vocabulary number of tokens that the tokenizer has */
    static Architecture read(GgufMetadata metadata, int vocabulary, boolean tiedHead) {
        checkNothingElse(metadata);
        int hidden = metadata.integer("llama.embedding_length", 1, MAX_WIDTH);
        int heads = metadata.integer("llama.attention.head_count", 1, MAX_WIDTH);
        int kvHeads = metadata.optionalInteger("llama.attention.head_count_kv", 1, heads).orElse(heads);
        if (heads % kvHeads != 0) {
            throw metadata.fault("llama.attention.head_count_kv", "key/value heads that divide the %d heads".formatted(heads));
        }
        int headDim = headDim(metadata, hidden, heads);
        int declared = metadata.optionalInteger("llama.vocab_size", 1, Integer.MAX_VALUE).orElse(vocabulary);
        if (declared != vocabulary) {
            throw metadata.fault("llama.vocab_size", "llama.vocab_size to be the %d tokens of the tokenizer".formatted(vocabulary));
        }
        double theta = metadata.has("llama.rope.freq_base") ? metadata.real("llama.rope.freq_base", 1, 1e12) : 10_000;
        return new Architecture(FAMILY, metadata.integer("llama.block_count", 1, 65_535), hidden, heads, kvHeads, headDim,
                metadata.integer("llama.feed_forward_length", 1, MAX_WIDTH), vocabulary, metadata.integer("llama.context_length", 1, MAX_CONTEXT),
                (float) metadata.real("llama.attention.layer_norm_rms_epsilon", 1e-30, 1), (float) theta, Architecture.RopePairs.INTERLEAVED,
                tiedHead);
    }

    private static int headDim(GgufMetadata metadata, int hidden, int heads) {
        String key = "llama.attention.key_length";
        if (!metadata.has(key) && hidden % heads != 0) {
            throw metadata.fault("llama.attention.head_count", "heads that divide embedding length %d, or %s".formatted(hidden, key));
        }
        int headDim = metadata.optionalInteger(key, 1, MAX_WIDTH).orElse(hidden / heads);
        if (headDim < 2 || headDim % 2 != 0) {
            throw metadata.fault(metadata.has(key) ? key : "llama.attention.head_count", "an even width of heads, not %d".formatted(headDim));
        }
        if ((long) heads * headDim > MAX_WIDTH) {
            throw metadata.fault("llama.attention.head_count", "heads of together at most %d elements, not %d".formatted(MAX_WIDTH, (long) heads * headDim));
        }
        for (var equal : new String[] {"llama.attention.value_length", "llama.rope.dimension_count"}) {
            if (metadata.optionalInteger(equal, 1, MAX_WIDTH).orElse(headDim) != headDim) {
                throw metadata.fault(equal, "%s to be the width of a head, %d".formatted(equal, headDim));
            }
        }
        return headDim;
    }

    /** Refuses other families and files that are not a whole model. */
    static void checkFamily(GgufMetadata metadata) {
        String key = "general.architecture";
        if (!metadata.text(key).equals(FAMILY)) {
            throw metadata.fault(key, "general.architecture \"llama\", the only one that is implemented");
        }
        if (!metadata.optionalText("general.type").orElse("model").equals("model")) {
            throw metadata.fault("general.type", "general.type \"model\"");
        }
        if (metadata.optionalInteger("split.count", 0, 65_535).orElse(1) > 1) {
            throw metadata.fault("split.count", "a model in one file");
        }
    }

    private static void checkNothingElse(GgufMetadata metadata) {
        if (!metadata.optionalText(SCALING + "type").orElse("none").equals("none")) {
            throw metadata.fault(SCALING + "type", "llama.rope.scaling.type \"none\"");
        }
        for (var key : metadata.keys()) {
            if (ZERO.contains(key)) {
                metadata.integer(key, 0, 0);
            } else if (key.startsWith(FAMILY + ".") && !KNOWN.contains(key) && !(key.startsWith(SCALING) && metadata.has(SCALING + "type"))) {
                throw metadata.fault(key, "no hyperparameter %s, which is not implemented".formatted(Place.quote(key)));
            }
        }
    }
}
