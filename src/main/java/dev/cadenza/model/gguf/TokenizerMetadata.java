package dev.cadenza.model.gguf;

import dev.cadenza.tokenizer.TokenizerSpec;
import dev.cadenza.tokenizer.TokenizerSpec.TokenKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads {@code tokenizer.ggml.*} metadata of a byte-level BPE tokenizer. */
final class TokenizerMetadata {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int MAX_TOKENS = 1 << 24;

    private TokenizerMetadata() {
    }

    static TokenizerSpec read(GgufMetadata metadata) {
        String model = metadata.text(PREFIX + "model");
        if (!model.equals("gpt2")) {
            throw metadata.fault(PREFIX + "model", "tokenizer.ggml.model \"gpt2\" (byte-level BPE), the only one that is implemented");
        }
        var tokens = metadata.texts(PREFIX + "tokens");
        if (tokens.isEmpty() || tokens.size() > MAX_TOKENS) {
            throw metadata.fault(PREFIX + "tokens", "1..%d tokens".formatted(MAX_TOKENS));
        }
        int last = tokens.size() - 1;
        return new TokenizerSpec(model, metadata.optionalText(PREFIX + "pre").orElse("default"), tokens, kinds(metadata, tokens.size()),
                merges(metadata), metadata.optionalInteger(PREFIX + "bos_token_id", 0, last).orElse(-1),
                metadata.optionalInteger(PREFIX + "eos_token_id", 0, last).orElse(-1), metadata.flag(PREFIX + "add_bos_token", false));
    }

    private static List<TokenKind> kinds(GgufMetadata metadata, int tokens) {
        String key = PREFIX + "token_type";
        if (!metadata.has(key)) {
            return Collections.nCopies(tokens, TokenKind.NORMAL);
        }
        TokenKind[] all = TokenKind.values();
        var kinds = new ArrayList<TokenKind>(tokens);
        for (int id : metadata.integers(key, tokens, 1, all.length)) {
            kinds.add(all[id - 1]);
        }
        return kinds;
    }

    private static List<String> merges(GgufMetadata metadata) {
        String key = PREFIX + "merges";
        var merges = metadata.texts(key);
        for (var merge : merges) {
            if (!hasTwoParts(merge)) {
                throw metadata.fault(key, "merges of two parts and one space between them, not %s, in".formatted(Place.quote(merge)));
            }
        }
        return merges;
    }

    private static boolean hasTwoParts(String merge) {
        int space = merge.indexOf(' ');
        return space >= 1 && space < merge.length() - 1 && merge.indexOf(' ', space + 1) < 0;
    }
}
