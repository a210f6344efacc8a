package dev.cadenza.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.cadenza.tokenizer.TokenizerSpec.TokenKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Byte-level BPE (GPT-2, Llama 3, Qwen 2, SmolLM). Encoding runs in the Hugging Face library, everything else here.
 * <p>
 * Kinds of tokens: NORMAL tokens come from text and stand for bytes. CONTROL tokens come only from {@link #special}, and stand for no bytes.
 * USER_DEFINED tokens ({@code <think>}, {@code <tool_call>}) come only from {@link #special} too, so a user cannot forge them, but they
 * stand for their own text, which an answer shows. The other kinds are never encoded and stand for no bytes.
 * <p>
 * A byte that the vocabulary has no token for is left out, as the reference implementation does (SmolLM2 lacks some control characters and
 * two lead bytes of unassigned planes). No normalisation.
 */
final class ByteLevelBpeTokenizer implements Tokenizer {
    /** Texts with which chat models close a turn, whichever of them the checkpoint calls eos. */
    private static final Set<String> TURN_ENDS = Set.of("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>",
            "<end_of_turn>", "<|end_of_turn|>", "<|endofturn|>", "<EOT>", "</s>");

    private final HuggingFaceTokenizer encoder;
    /** Encoding holds the read lock: closing must not free what a call uses. */
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private boolean closed;

    private final List<String> tokens;
    private final List<TokenKind> kinds;
    private final byte[][] bytes;
    private final Map<String, Integer> specials = new HashMap<>();
    private final List<String> specialTexts;
    private final Set<Integer> endTokens;
    private final String bosText;
    private final String eosText;

    /**
     * @throws UnsupportedTokenizer     model or pre-tokenizer are not implemented
     * @throws IllegalArgumentException the description is damaged; the message says where
     */
    ByteLevelBpeTokenizer(TokenizerSpec spec, Kept kept) {
        if (!"gpt2".equals(spec.model())) {
            throw new UnsupportedTokenizer("tokenizer.ggml.model must be gpt2, got " + spec.model());
        }
        PreTokenizer preTokenizer = PreTokenizer.named(spec.preTokenizer());
        if (spec.tokens().size() != spec.kinds().size()) {
            throw new IllegalArgumentException("tokens and their kinds must be equally many, got " + spec.tokens().size() + " and "
                    + spec.kinds().size());
        }
        tokens = spec.tokens();
        kinds = spec.kinds();
        bytes = new byte[tokens.size()][];
        for (int id = 0; id < bytes.length; id++) {
            bytes[id] = bytesOf(id);
            if (kinds.get(id) == TokenKind.CONTROL || kinds.get(id) == TokenKind.USER_DEFINED) {
                specials.putIfAbsent(tokens.get(id), id);
            }
        }
        specialTexts = specials.keySet().stream().sorted(Comparator.comparingInt(String::length).reversed().thenComparing(s -> s)).toList();
        bosText = textOf("bos", spec.bos());
        eosText = textOf("eos", spec.eos());
        endTokens = endTokens(spec.eos());
        encoder = encoder(kept.bytes(TokenizerJson.VERSION, () -> TokenizerJson.write(spec, preTokenizer)));
    }

    private byte[] bytesOf(int id) {
        String token = tokens.get(id);
        return switch (kinds.get(id)) {
            case NORMAL -> {
                byte[] spelled = ByteAlphabet.bytes(token);
                if (spelled == null) {
                    throw new IllegalArgumentException("token " + id + " must be spelled in the byte-level alphabet, got \"" + token + "\"");
                }
                yield spelled;
            }
            case USER_DEFINED -> token.getBytes(StandardCharsets.UTF_8);
            case CONTROL, UNKNOWN, UNUSED, BYTE -> new byte[0];
        };
    }

    private String textOf(String name, int id) {
        if (id >= tokens.size()) {
            throw new IllegalArgumentException(name + " must be below the vocabulary's " + tokens.size() + ", got " + id);
        }
        return id < 0 ? null : tokens.get(id);
    }

    private Set<Integer> endTokens(int eos) {
        var ends = new LinkedHashSet<Integer>();
        if (eos >= 0) {
            ends.add(eos);
        }
        for (var special : specials.entrySet()) {
            if (TURN_ENDS.contains(special.getKey()) && kinds.get(special.getValue()) == TokenKind.CONTROL) {
                ends.add(special.getValue());
            }
        }
        return Set.copyOf(ends);
    }

    private static HuggingFaceTokenizer encoder(byte[] json) {
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json),
                    Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int vocabulary() {
        return tokens.size();
    }

    @Override
    public int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        life.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return idsOf(Surrogates.repaired(text));
        } finally {
            life.readLock().unlock();
        }
    }

    /** The library's own {@code encode} also builds a string and a span for every token, which adds more than half to the time. */
    private int[] idsOf(String text) {
        long encoding = TokenizersLibrary.LIB.encode(encoder.getHandle(), text, false);
        try {
            long[] wide = TokenizersLibrary.LIB.getTokenIds(encoding);
            int[] ids = new int[wide.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = (int) wide[i];
            }
            return ids;
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    @Override
    public byte[] bytes(int token) {
        return bytes[token].clone();
    }

    @Override
    public String text(int token) {
        return kinds.get(token) == TokenKind.NORMAL ? new String(bytes[token], StandardCharsets.UTF_8) : tokens.get(token);
    }

    @Override
    public boolean isSpecial(int token) {
        return kinds.get(token) != TokenKind.NORMAL && kinds.get(token) != TokenKind.USER_DEFINED;
    }

    @Override
    public List<String> specialTexts() {
        return specialTexts;
    }

    @Override
    public OptionalInt special(String text) {
        Integer id = specials.get(text);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public Set<Integer> endTokens() {
        return endTokens;
    }

    @Override
    public String bosText() {
        return bosText;
    }

    @Override
    public String eosText() {
        return eosText;
    }

    @Override
    public void close() {
        life.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                encoder.close();
            }
        } finally {
            life.writeLock().unlock();
        }
    }
}
