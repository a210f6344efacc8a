package dev.cadenza.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.RealModel;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.CorruptCheckpoint;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.WeightName.Kind;
import dev.cadenza.model.WeightType;
import dev.cadenza.tokenizer.TokenizerSpec.TokenKind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GgufCheckpointTest {
    @TempDir
    Path folder;

    @Test
    void smallModelIsReadWhole() throws IOException {
        // given
        var file = GgufWriter.tinyLlama().write(folder.resolve("tiny.gguf"));

        // when
        try (var checkpoint = GgufCheckpoint.open(file)) {

            // then
            assertThat(checkpoint.architecture()).isEqualTo(new Architecture("llama", 2, 32, 2, 1, 16, 64, 12, 256, 1e-5f, 10_000,
                    Architecture.RopePairs.INTERLEAVED, true));
            assertThat(checkpoint.chatTemplate()).contains("{{ messages[0].content }}");
            var tokenizer = checkpoint.tokenizer();
            assertThat(tokenizer.model()).isEqualTo("gpt2");
            assertThat(tokenizer.preTokenizer()).isEqualTo("smollm");
            assertThat(tokenizer.tokens()).hasSize(12).contains("Ġa");
            assertThat(tokenizer.kinds()).startsWith(TokenKind.CONTROL, TokenKind.CONTROL, TokenKind.CONTROL, TokenKind.NORMAL);
            assertThat(tokenizer.merges()).containsExactly("a b", "c d", "Ġ a");
            assertThat(tokenizer.bos()).isEqualTo(1);
            assertThat(tokenizer.eos()).isEqualTo(2);
            assertThat(tokenizer.addBos()).isFalse();
            assertThat(checkpoint.has(WeightName.of(Kind.HEAD))).isFalse();
            assertThatThrownBy(() -> checkpoint.weight(WeightName.of(Kind.HEAD))).isInstanceOf(CorruptCheckpoint.class)
                    .hasMessageContaining("output.weight");
            var down = checkpoint.weight(new WeightName(Kind.DOWN, 1));
            assertThat(down.name()).isEqualTo("blk.1.ffn_down.weight");
            assertThat(down.type()).isEqualTo(WeightType.Q4_1);
            assertThat(down.rows()).isEqualTo(32);
            assertThat(down.columns()).isEqualTo(64);
            assertThat(down.data().byteSize()).isEqualTo(32 * 64 / 32 * 20);
            assertThat(down.data().isReadOnly()).isTrue();
            assertThat(checkpoint.weight(WeightName.of(Kind.FINAL_NORM)).rows()).isEqualTo(1);
        }
    }

    @Test
    void headOfItsOwnIsRead() throws IOException {
        // given
        var file = GgufWriter.tinyLlama().tensor("output.weight", GgufWriter.F16, new Random(1), 32, 12).write(folder.resolve("untied.gguf"));

        // when
        try (var checkpoint = GgufCheckpoint.open(file)) {

            // then
            assertThat(checkpoint.architecture().tiedHead()).isFalse();
            assertThat(checkpoint.weight(WeightName.of(Kind.HEAD)).type()).isEqualTo(WeightType.F16);
        }
    }

    @ParameterizedTest
    @EnumSource
    void weightsOfEveryTypeAreRead(WeightType type) throws IOException {
        // given
        var file = GgufWriter.llamaOf(type).write(folder.resolve("typed.gguf"));

        // when
        try (var checkpoint = GgufCheckpoint.open(file)) {
            var down = checkpoint.weight(new WeightName(Kind.DOWN, 0));
            var values = new float[256 * 256];
            down.dequantise(0, 256, MemorySegment.ofArray(values));

            // then
            assertThat(down.type()).isEqualTo(type);
            assertThat(down.data().byteSize()).isEqualTo(type.bytes(256 * 256));
            double squares = 0;
            for (float value : values) {
                assertThat(value).isBetween(-2f, 2f);
                squares += value * value;
            }
            assertThat(squares / values.length).as("mean square of random values").isBetween(0.1, 0.4);
        }
    }

    @Test
    void typesMayBeMixed() throws IOException {
        // given
        var file = GgufWriter.llamaOf(WeightType.Q4_K, WeightType.Q6_K, WeightType.Q5_0, WeightType.BF16).write(folder.resolve("mixed.gguf"));

        // when
        try (var checkpoint = GgufCheckpoint.open(file)) {

            // then
            assertThat(checkpoint.weight(new WeightName(Kind.QUERY, 0)).type()).isEqualTo(WeightType.Q4_K);
            assertThat(checkpoint.weight(new WeightName(Kind.KEY, 0)).type()).isEqualTo(WeightType.Q6_K);
            assertThat(checkpoint.weight(new WeightName(Kind.VALUE, 0)).type()).isEqualTo(WeightType.Q5_0);
            assertThat(checkpoint.weight(WeightName.of(Kind.HEAD)).type()).isEqualTo(WeightType.BF16);
        }
    }

    @Test
    void headWidthMayBeGivenInsteadOfDividing() throws IOException {
        // given
        var writer = GgufWriter.tinyLlama().with("llama.attention.key_length", GgufWriter.u32(32)).with("llama.attention.value_length",
                GgufWriter.u32(32)).with("llama.rope.dimension_count", GgufWriter.u32(32));
        for (int layer = 0; layer < 2; layer++) {
            for (var name : new String[] {"attn_q", "attn_k", "attn_v", "attn_output"}) {
                writer.withoutTensor("blk.%d.%s.weight".formatted(layer, name));
            }
            writer.tensor("blk.%d.attn_q.weight".formatted(layer), GgufWriter.F32, new Random(1), 32, 64)
                    .tensor("blk.%d.attn_k.weight".formatted(layer), GgufWriter.F32, new Random(1), 32, 32)
                    .tensor("blk.%d.attn_v.weight".formatted(layer), GgufWriter.F32, new Random(1), 32, 32)
                    .tensor("blk.%d.attn_output.weight".formatted(layer), GgufWriter.F32, new Random(1), 64, 32);
        }

        // when
        try (var checkpoint = GgufCheckpoint.open(writer.write(folder.resolve("wide.gguf")))) {

            // then
            assertThat(checkpoint.architecture().headDim()).isEqualTo(32);
            assertThat(checkpoint.weight(new WeightName(Kind.ATTENTION_OUTPUT, 0)).columns()).isEqualTo(64);
        }
    }

    @Test
    void everyScalarTypeVersionTwoAndAnotherAlignmentAreRead() throws IOException {
        // given
        var file = GgufWriter.tinyLlama().version(2).alignment(128).with("general.alignment", GgufWriter.u32(128))
                .with("a.u8", GgufWriter.u8(255)).with("a.i8", GgufWriter.i8(-1))
                .with("a.u16", GgufWriter.u16(65_535)).with("a.i16", GgufWriter.i16(-1))
                .with("a.u64", GgufWriter.u64(-1)).with("a.i64", GgufWriter.i64(-1)).with("a.f64", GgufWriter.f64(0.5))
                .with("llama.block_count", GgufWriter.u64(2)).with("llama.context_length", GgufWriter.i16(300))
                .with("llama.rope.freq_base", GgufWriter.f64(1e6)).write(folder.resolve("types.gguf"));

        // when
        try (var checkpoint = GgufCheckpoint.open(file)) {

            // then
            assertThat(checkpoint.architecture().layers()).isEqualTo(2);
            assertThat(checkpoint.architecture().context()).isEqualTo(300);
            assertThat(checkpoint.architecture().ropeTheta()).isEqualTo(1e6f);
        }
    }

    @Test
    void harmlessHyperparametersAreAccepted() throws IOException {
        // given
        var file = GgufWriter.tinyLlama().with("llama.expert_count", GgufWriter.u32(0)).with("llama.rope.scaling.type", GgufWriter.text("none"))
                .with("llama.rope.scaling.original_context_length", GgufWriter.u32(256)).write(folder.resolve("neutral.gguf"));

        // when, then
        try (var checkpoint = GgufCheckpoint.open(file)) {
            assertThat(checkpoint.architecture().name()).isEqualTo("llama");
        }
    }

    @Test
    void hashIsThatOfTheFile() throws Exception {
        // given
        var file = GgufWriter.tinyLlama().write(folder.resolve("hash.gguf"));

        // when
        try (var checkpoint = GgufCheckpoint.open(file)) {

            // then
            assertThat(checkpoint.sha256()).isEqualTo(sha256(Files.readAllBytes(file)));
        }
    }

    @Test
    void closingEndsAHashThatIsBeingComputed() throws IOException {
        // given
        var file = GgufWriter.tinyLlama().write(folder.resolve("long.gguf"));
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(8L << 30);
        }
        var checkpoint = GgufCheckpoint.open(file);
        var hash = CompletableFuture.supplyAsync(checkpoint::sha256);

        // when
        checkpoint.close();

        // then
        assertThatThrownBy(hash::join).hasRootCauseInstanceOf(IllegalStateException.class).hasRootCauseMessage(file + " was closed");
    }

    @Test
    void closingTwiceIsHarmlessAndDataIsGone() throws IOException {
        // given
        var checkpoint = GgufCheckpoint.open(GgufWriter.tinyLlama().write(folder.resolve("closed.gguf")));
        var weight = checkpoint.weight(WeightName.of(Kind.FINAL_NORM));

        // when
        checkpoint.close();
        checkpoint.close();

        // then
        assertThatThrownBy(() -> weight.dequantise(0, 1, MemorySegment.ofArray(new float[32]))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void missingFilesAndDirectoriesAreNoCheckpoints() {
        assertThatThrownBy(() -> GgufCheckpoint.open(folder.resolve("absent.gguf"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> GgufCheckpoint.open(folder)).isInstanceOf(IOException.class).hasMessageContaining("is not a regular file");
    }

    @Test
    void realModelIsRead() throws IOException {
        // given
        try (var checkpoint = GgufCheckpoint.open(RealModel.path())) {

            // when
            var embedding = checkpoint.weight(WeightName.of(Kind.EMBEDDING));
            var row = new float[576];
            embedding.dequantise(49_151, 1, MemorySegment.ofArray(row));

            // then
            assertThat(checkpoint.architecture()).isEqualTo(new Architecture("llama", 30, 576, 9, 3, 64, 1536, 49_152, 8_192, 1e-5f, 100_000,
                    Architecture.RopePairs.INTERLEAVED, true));
            assertThat(checkpoint.tokenizer().tokens()).hasSize(49_152).startsWith("<|endoftext|>", "<|im_start|>", "<|im_end|>");
            assertThat(checkpoint.tokenizer().merges()).hasSize(48_900).startsWith("Ġ t", "Ġ a");
            assertThat(checkpoint.chatTemplate()).hasValueSatisfying(template -> assertThat(template).contains("<|im_start|>assistant"));
            assertThat(embedding.type()).isEqualTo(WeightType.Q8_0);
            assertThat(checkpoint.weight(new WeightName(Kind.KEY, 29)).type()).isEqualTo(WeightType.Q4_1);
            assertThat(row).doesNotContain(Float.NaN);
            assertThat(checkpoint.sha256()).isEqualTo("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
        }
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
