package dev.cadenza.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How text is cut before byte pairs are merged, by the names that GGUF's {@code tokenizer.ggml.pre} uses. Every rule cuts what the rule
 * before it left, both its matches and what lies between them. None of the rules drops or changes a character.
 *
 * @see "the tokenizer.json files that the models' authors publish; names and the rules of DEFAULT: llama.cpp, src/llama-vocab.cpp"
 */
enum PreTokenizer {
    /** GPT-2's rule. */
    GPT2(List.of("gpt-2"), List.of(Rules.GPT2), false),
    /** Every digit alone, then GPT-2's rule. */
    DIGITS(List.of("smollm", "starcoder", "refact"), List.of("\\p{N}", Rules.GPT2), false),
    /** Up to three digits; a word that is a token as it stands is taken whole, without merging. */
    LLAMA3(List.of("llama-bpe", "llama3", "llama-v3"), List.of(Rules.cl100k("\\p{N}{1,3}")), true),
    QWEN2(List.of("qwen2", "deepseek-r1-qwen"), List.of(Rules.cl100k("\\p{N}")), false),
    /** What a checkpoint without a name of its own gets. */
    DEFAULT(List.of("default"), List.of("[\\p{P}\\$\\+<=>\\^~\\|]+", Rules.GPT2, "\\p{N}+", "[0-9][0-9][0-9]"), false);

    private final List<String> names;
    private final List<String> rules;
    private final boolean wholeWordsFirst;

    PreTokenizer(List<String> names, List<String> rules, boolean wholeWordsFirst) {
        this.names = names;
        this.rules = rules;
        this.wholeWordsFirst = wholeWordsFirst;
    }

    /** @throws UnsupportedTokenizer no such name */
    static PreTokenizer named(String name) {
        return Arrays.stream(values()).filter(p -> p.names.contains(name)).findFirst().orElseThrow(() -> new UnsupportedTokenizer(
                "tokenizer.ggml.pre must be one of " + allNames() + ", got " + name));
    }

    private static String allNames() {
        return Arrays.stream(values()).flatMap(p -> p.names.stream()).collect(Collectors.joining(", "));
    }

    boolean wholeWordsFirst() {
        return wholeWordsFirst;
    }

    /** Writes the value of {@code pre_tokenizer} in tokenizer.json. */
    void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        for (String rule : rules) {
            json.writeStartObject();
            json.writeStringField("type", "Split");
            json.writeObjectFieldStart("pattern");
            json.writeStringField("Regex", rule);
            json.writeEndObject();
            json.writeStringField("behavior", "Isolated");
            json.writeBooleanField("invert", false);
            json.writeEndObject();
        }
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", false);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static final class Rules {
        static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

        static String cl100k(String digits) {
            return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + digits
                    + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        }
    }
}
