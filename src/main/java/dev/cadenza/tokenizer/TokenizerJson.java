package dev.cadenza.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.cadenza.tokenizer.TokenizerSpec.TokenKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a {@link TokenizerSpec} as a Hugging Face tokenizer.json. Only NORMAL tokens get into its vocabulary: no text can then become
 * another kind of token, whatever the merges say. What a start does a hundred thousand times are methods, which are compiled soon; a loop is not.
 */
final class TokenizerJson {
    /** To be raised when something else is written of the same description, or by {@link PreTokenizer}. */
    static final int VERSION = 1;

    private final TokenizerSpec spec;
    /** The first of those that are spelled alike; filled as the vocabulary is written. */
    private final Map<String, Integer> ids = new HashMap<>();

    private TokenizerJson(TokenizerSpec spec) {
        this.spec = spec;
    }

    /** @return UTF-8 JSON; @throws IllegalArgumentException a merge is malformed or names a token that the vocabulary lacks */
    static byte[] write(TokenizerSpec spec, PreTokenizer preTokenizer) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            new TokenizerJson(spec).write(json, preTokenizer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void write(JsonGenerator json, PreTokenizer preTokenizer) throws IOException {
        json.writeStartObject();
        json.writeStringField("version", "1.0");
        for (String absent : List.of("truncation", "padding", "normalizer", "post_processor", "decoder")) {
            json.writeNullField(absent);
        }
        json.writeArrayFieldStart("added_tokens");
        json.writeEndArray();
        json.writeFieldName("pre_tokenizer");
        preTokenizer.writeTo(json);
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "BPE");
        json.writeBooleanField("ignore_merges", preTokenizer.wholeWordsFirst());
        writeVocabulary(json);
        writeMerges(json);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeVocabulary(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < spec.tokens().size(); id++) {
            writeToken(json, id);
        }
        json.writeEndObject();
    }

    private void writeToken(JsonGenerator json, int id) throws IOException {
        String token = spec.tokens().get(id);
        if (ids.putIfAbsent(token, id) == null && isNormal(id)) {
            json.writeNumberField(token, id);
        }
    }

    private void writeMerges(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("merges");
        for (int rank = 0; rank < spec.merges().size(); rank++) {
            writeMerge(json, rank);
        }
        json.writeEndArray();
    }

    private void writeMerge(JsonGenerator json, int rank) throws IOException {
        String merge = spec.merges().get(rank);
        int gap = merge.indexOf(' ');
        if (gap <= 0 || gap == merge.length() - 1 || merge.indexOf(' ', gap + 1) >= 0) {
            throw new IllegalArgumentException("merge " + rank + " must be two tokens with a space between them, got \"" + merge + "\"");
        }
        String left = merge.substring(0, gap);
        String right = merge.substring(gap + 1);
        if (isNormal(id(left, rank)) & isNormal(id(right, rank)) & isNormal(id(left + right, rank))) {
            json.writeString(merge);
        }
    }

    private int id(String token, int rank) {
        Integer id = ids.get(token);
        if (id == null) {
            throw new IllegalArgumentException("merge " + rank + " needs the token \"" + token + "\", which the vocabulary lacks");
        }
        return id;
    }

    private boolean isNormal(int id) {
        return spec.kinds().get(id) == TokenKind.NORMAL;
    }
}
