package dev.cadenza.model.gguf;

import static dev.cadenza.model.gguf.GgufWriter.f32;
import static dev.cadenza.model.gguf.GgufWriter.i32;
import static dev.cadenza.model.gguf.GgufWriter.i32s;
import static dev.cadenza.model.gguf.GgufWriter.llamaOf;
import static dev.cadenza.model.gguf.GgufWriter.text;
import static dev.cadenza.model.gguf.GgufWriter.texts;
import static dev.cadenza.model.gguf.GgufWriter.tinyLlama;
import static dev.cadenza.model.gguf.GgufWriter.u32;
import static dev.cadenza.model.gguf.GgufWriter.u64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.model.CorruptCheckpoint;
import dev.cadenza.model.WeightType;
import dev.cadenza.model.gguf.GgufWriter.Value;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostileGgufTest {
    private static final int VERSION = 4;
    private static final int TENSOR_COUNT = 8;
    private static final int METADATA_COUNT = 16;
    private static final int FIRST_KEY_LENGTH = 24;
    private static final int FIRST_VALUE_TYPE = FIRST_KEY_LENGTH + 8 + "general.architecture".length();
    private static final int FIRST_VALUE_LENGTH = FIRST_VALUE_TYPE + 4;

    private static final int MUTANTS = 2_000;

    @TempDir
    Path folder;

    static Stream<Arguments> damagedHeaders() {
        return Stream.of(
                Arguments.of("magic", patched(0, "GGML".getBytes()), "at offset 0: expected the magic number GGUF (47475546), found 47474d4c"),
                Arguments.of("empty", new byte[0], "at offset 0: expected the magic number GGUF of 4 bytes, found 0 bytes to the end of the file"),
                Arguments.of("version 1", patched(VERSION, le(1)), "at offset 4: expected format version 2 or 3, found 1"),
                Arguments.of("version 0", patched(VERSION, le(0)), "format version 2 or 3, found 0"),
                Arguments.of("version 4", patched(VERSION, le(4)), "format version 2 or 3, found 4"),
                Arguments.of("big-endian", patched(VERSION, new byte[] {0, 0, 0, 3}), "little-endian file of version 2 or 3, found a big-endian one"),
                Arguments.of("tensor count", patched(TENSOR_COUNT, le(Long.MAX_VALUE)), "at offset 8: expected at most"),
                Arguments.of("negative tensor count", patched(TENSOR_COUNT, le(-1L)),
                        "tensors, which the rest of the file has room for, found 18446744"),
                Arguments.of("metadata count", patched(METADATA_COUNT, le(1L << 40)), "at offset 16: expected at most"),
                Arguments.of("key length", patched(FIRST_KEY_LENGTH, le(1L << 62)), "at offset 24: expected at most"),
                Arguments.of("value type", patched(FIRST_VALUE_TYPE, le(13)), "expected a type id 0..12 of \"general.architecture\", found 13"),
                Arguments.of("string length", patched(FIRST_VALUE_LENGTH, le(-2L)), "bytes of \"general.architecture\", which the rest of the file"),
                Arguments.of("string bytes", patched(FIRST_VALUE_LENGTH + 8, new byte[] {(byte) 0xff}),
                        "\"general.architecture\" in UTF-8, found malformed"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void damagedHeaders(String name, byte[] bytes, String message) throws IOException {
        assertRefused(bytes, message);
    }

    static Stream<Arguments> badMetadata() {
        return Stream.of(
                changed("general.architecture", text("qwen2"), "general.architecture \"llama\", the only one that is implemented, found \"qwen2\""),
                changed("general.architecture", u32(1), "general.architecture to be a string, found 1"),
                changed("general.type", text("adapter"), "general.type \"model\", found \"adapter\""),
                changed("split.count", u32(3), "a model in one file, found 3"),
                changed("general.alignment", u32(48), "general.alignment to be a power of two, found 48"),
                changed("general.alignment", u32(0), "general.alignment to be an integer 8..65536, found 0"),
                changed("general.alignment", u32(1 << 30), "general.alignment to be an integer 8..65536, found 1073741824"),
                changed("llama.block_count", u32(0), "llama.block_count to be an integer 1..65535, found 0"),
                changed("llama.block_count", u64(-1), "llama.block_count to be an integer 1..65535, found 18446744073709551615"),
                changed("llama.block_count", u32(60_000), "tensor \"blk.2.attn_norm.weight\""),
                changed("llama.block_count", u32(1), "the tensors of a 1-layer llama model only, found tensor \"blk.1.attn_norm.weight\""),
                changed("llama.context_length", i32(-5), "llama.context_length to be an integer 1..16777216, found -5"),
                changed("llama.embedding_length", u32(64), "tensor \"token_embd.weight\" of shape [64, 12] (innermost first), found [32, 12]",
                        "llama.rope.dimension_count"),
                changed("llama.embedding_length", u32(33), "heads that divide embedding length 33, or llama.attention.key_length, found 2"),
                changed("llama.feed_forward_length", u32(63), "tensor \"blk.0.ffn_gate.weight\" of shape [32, 63]"),
                changed("llama.attention.head_count", u32(0), "llama.attention.head_count to be an integer"),
                changed("llama.attention.head_count", i32s(2, 2), "found an array of 2 I32"),
                changed("llama.attention.head_count", u32(32), "an even width of heads, not 1, found 32"),
                changed("llama.attention.head_count_kv", u32(3), "llama.attention.head_count_kv to be an integer 1..2, found 3"),
                changed("llama.attention.key_length", u32(7), "an even width of heads, not 7, found 7"),
                changed("llama.attention.key_length", u32(1 << 20), "heads of together at most 1048576 elements, not 2097152"),
                changed("llama.attention.value_length", u32(8), "llama.attention.value_length to be the width of a head, 16, found 8"),
                changed("llama.rope.dimension_count", u32(8), "llama.rope.dimension_count to be the width of a head, 16, found 8"),
                changed("llama.rope.freq_base", f32(Float.NaN), "llama.rope.freq_base to be a number 1.0..1.0E12, found NaN"),
                changed("llama.attention.layer_norm_rms_epsilon", f32(-1), "layer_norm_rms_epsilon to be a number 1.0E-30..1.0, found -1.0"),
                changed("llama.attention.layer_norm_rms_epsilon", f32(Float.POSITIVE_INFINITY), "found Infinity"),
                changed("llama.vocab_size", u32(13), "llama.vocab_size to be the 12 tokens of the tokenizer, found 13"),
                changed("llama.rope.scaling.type", text("yarn"), "llama.rope.scaling.type \"none\", found \"yarn\""),
                changed("llama.rope.scaling.factor", f32(4), "no hyperparameter \"llama.rope.scaling.factor\", which is not implemented, found 4.0"),
                changed("llama.expert_count", u32(8), "llama.expert_count to be an integer 0..0, found 8"),
                changed("llama.logit_scale", f32(2), "no hyperparameter \"llama.logit_scale\", which is not implemented, found 2.0"),
                changed("tokenizer.ggml.model", text("llama"), "tokenizer.ggml.model \"gpt2\" (byte-level BPE), the only one that is implemented"),
                changed("tokenizer.ggml.tokens", texts(), "expected 1..16777216 tokens, found an array of 0 strings"),
                changed("tokenizer.ggml.tokens", i32s(1, 2), "tokenizer.ggml.tokens to be an array of strings, found an array of 2 I32"),
                changed("tokenizer.ggml.tokens", texts("a", "b"), "llama.vocab_size to be the 2 tokens", "tokenizer.ggml.token_type",
                        "tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id"),
                changed("tokenizer.ggml.token_type", i32s(1, 1), "an array of 12 integers 1..6, found an array of 2 I32"),
                changed("tokenizer.ggml.token_type", i32s(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7, 1), "found element 10 to be 7"),
                changed("tokenizer.ggml.merges", texts("a b", "ab"), "merges of two parts and one space between them, not \"ab\""),
                changed("tokenizer.ggml.merges", texts("a b c"), "not \"a b c\""),
                changed("tokenizer.ggml.eos_token_id", u32(12), "tokenizer.ggml.eos_token_id to be an integer 0..11, found 12"),
                changed("tokenizer.ggml.add_bos_token", u32(1), "tokenizer.ggml.add_bos_token to be a bool, found 1"),
                changed("tokenizer.ggml.add_bos_token", new Value(7, new byte[] {2}), "a bool 0 or 1, found 2"),
                changed("tokenizer.chat_template", u32(1), "tokenizer.chat_template to be a string"),
                changed("x.nested", new Value(9, le(9)), "\"x.nested\" to be an array of scalars or strings, found an array of arrays"),
                changed("x.long", new Value(9, concat(le(8), le(1L << 33))), "expected at most"),
                changed("x.long", new Value(9, concat(le(0), le(-1L))), "elements of \"x.long\""),
                changed("x\nodd", new Value(99, new byte[0]), "of \"x?odd\", found 99"));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource
    void badMetadata(String key, GgufWriter writer, String message) throws IOException {
        assertRefused(writer.bytes(), message);
    }

    static Stream<String> required() {
        return Stream.of("general.architecture", "llama.block_count", "llama.context_length", "llama.embedding_length", "llama.feed_forward_length",
                "llama.attention.head_count", "llama.attention.layer_norm_rms_epsilon", "tokenizer.ggml.model", "tokenizer.ggml.tokens",
                "tokenizer.ggml.merges");
    }

    @ParameterizedTest
    @MethodSource("required")
    void missingMetadataIsNamed(String key) throws IOException {
        assertRefused(tinyLlama().without(key).bytes(), "found no such metadata");
        assertRefused(tinyLlama().without(key).bytes(), key);
    }

    static Stream<Arguments> badTensors() {
        String q = "blk.0.attn_q.weight";
        return Stream.of(
                Arguments.of("no dimensions", tinyLlama().change(q, t -> t.shape()), "expected 1 to 4 dimensions of tensor \"" + q + "\", found 0"),
                Arguments.of("five dimensions", tinyLlama().change(q, t -> t.shape(32, 1, 1, 1, 1)), "expected 1 to 4 dimensions"),
                Arguments.of("dimension 0", tinyLlama().change(q, t -> t.shape(32, 0)), "expected a dimension 1..2147483647 of tensor"),
                Arguments.of("negative dimension", tinyLlama().change(q, t -> t.shape(32, -32)), "found 18446744073709551584"),
                Arguments.of("overflow", tinyLlama().change(q, t -> t.shape(1L << 30, 1L << 30, 1L << 30)), "to fit in 63 bits"),
                Arguments.of("broken block", tinyLlama().change(q, t -> t.shape(31, 32)), "to be whole blocks of 32 elements, found [31, 32]"),
                Arguments.of("wrong shape", tinyLlama().change(q, t -> t.shape(32, 31)), "of shape [32, 32] (innermost first), found [32, 31]"),
                Arguments.of("one dimension", tinyLlama().change(q, t -> t.shape(1024)), "of shape [32, 32] (innermost first), found [1024]"),
                Arguments.of("too large", tinyLlama().change(q, t -> t.shape(1 << 20, 1 << 20)), "inside the data section of"),
                Arguments.of("Q2_K", tinyLlama().change(q, t -> t.ofType(10)),
                        "of a type among F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K, found Q2_K"),
                Arguments.of("Q3_K", tinyLlama().change(q, t -> t.ofType(11)), "found Q3_K"),
                Arguments.of("IQ4_XS", tinyLlama().change(q, t -> t.ofType(23)), "found IQ4_XS"),
                Arguments.of("MXFP4", tinyLlama().change(q, t -> t.ofType(39)), "found MXFP4"),
                Arguments.of("half a K block", tinyLlama().change(q, t -> t.ofType(12)), "to be whole blocks of 256 elements, found [32, 32]"),
                Arguments.of("data of a smaller type", llamaOf(WeightType.Q4_0).change("blk.0.ffn_down.weight", t -> t.ofType(14)),
                        "\"blk.0.ffn_down.weight\", 53760 bytes, inside the data section of"),
                Arguments.of("overlap of K blocks", llamaOf(WeightType.Q4_K).change(q, t -> t.ofType(13)), "found data offset"),
                Arguments.of("unknown type", tinyLlama().change(q, t -> t.ofType(-7)), "found the unknown type id 4294967289"),
                Arguments.of("unaligned", tinyLlama().change(q, t -> t.at(16)),
                        "the offset of tensor \"" + q + "\" to be a multiple of 32, found 16"),
                Arguments.of("outside", tinyLlama().change(q, t -> t.at(1L << 40)), "found offset 1099511627776"),
                Arguments.of("negative offset", tinyLlama().change(q, t -> t.at(Long.MIN_VALUE)), "found offset 9223372036854775808"),
                Arguments.of("overlap", tinyLlama().change(q, t -> t.at(32)), "which ends at data offset 408, found data offset 32"),
                Arguments.of("same name", tinyLlama().change(q, t -> t.named("blk.0.attn_k.weight")), "found a second \"blk.0.attn_k.weight\""),
                Arguments.of("long name", tinyLlama().change(q, t -> t.named("n".repeat(300))),
                        "at most 256 bytes of a tensor name, found 300"),
                Arguments.of("missing", tinyLlama().withoutTensor(q), "expected tensor \"" + q + "\" in the directory of 19 tensors, found none"),
                Arguments.of("bias", tinyLlama().tensor("blk.0.attn_q.bias", GgufWriter.F32, new Random(1), 32),
                        "found tensor \"blk.0.attn_q.bias\""),
                Arguments.of("rope factors", tinyLlama().tensor("rope_freqs.weight", GgufWriter.F32, new Random(1), 8), "\"rope_freqs.weight\""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void badTensors(String name, GgufWriter writer, String message) throws IOException {
        assertRefused(writer.bytes(), message);
    }

    @Test
    void secondMetadataOfAKeyIsRefused() throws IOException {
        assertRefused(tinyLlama().append("llama.block_count", u32(1)).bytes(), "metadata keys to differ, found a second \"llama.block_count\"");
    }

    @Test
    void hugeSparseFileCannotMakeTheReaderAllocate() throws IOException {
        // given a 6 GB file that says it has four thousand million empty strings, all of which lie in the file
        var file = folder.resolve("sparse.gguf");
        byte[] head = concat(Arrays.copyOf(tinyLlama().bytes(), 16), le(1L), le(1L), "k".getBytes(), le(9), le(8), le(600_000_000L));
        Files.write(file, head);
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[1]), 6L << 30);
        }

        // when, then
        assertThatThrownBy(() -> GgufCheckpoint.open(file)).isInstanceOf(CorruptCheckpoint.class).hasMessageContaining("header's first 64 MiB");
    }

    @Test
    void fileCutAnywhereIsRefused() throws IOException {
        // given
        byte[] whole = tinyLlama().bytes();

        for (int length = 0; length < whole.length; length++) {
            // when
            byte[] cut = Arrays.copyOf(whole, length);

            // then
            assertThat(outcome(cut)).as("cut to %d of %d bytes", length, whole.length).isInstanceOf(CorruptCheckpoint.class);
        }
    }

    static Stream<Arguments> sound() {
        return DamagedFiles.sound().stream().map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("sound")
    void mutatedFileEitherOpensOrIsRefusedAndAllocatesLittle(byte[] whole) throws IOException {
        // given
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var file = folder.resolve("mutant.gguf");
        int refused = 0;

        for (int round = 0; round < MUTANTS; round++) {
            // when, then
            if (DamagedFiles.refused(DamagedFiles.mutant(whole, random), file, "seed %d, round %d".formatted(seed, round))) {
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isBetween(3 * MUTANTS / 10, 999 * MUTANTS / 1_000);
    }

    private Throwable outcome(byte[] bytes) throws IOException {
        return DamagedFiles.outcome(Files.write(folder.resolve("mutant.gguf"), bytes));
    }

    private void assertRefused(byte[] bytes, String message) throws IOException {
        assertThat(outcome(bytes)).isInstanceOf(CorruptCheckpoint.class).hasMessageContaining("mutant.gguf at offset ").hasMessageContaining(message);
    }

    private static Arguments changed(String key, Value value, String message, String... removed) {
        var writer = tinyLlama().with(key, value);
        for (var other : removed) {
            writer.without(other);
        }
        return Arguments.of(key, writer, message);
    }

    private static byte[] patched(int offset, byte[] patch) {
        byte[] bytes = tinyLlama().bytes();
        System.arraycopy(patch, 0, bytes, offset, patch.length);
        return bytes;
    }

    private static byte[] le(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    private static byte[] le(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    private static byte[] concat(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
