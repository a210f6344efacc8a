package dev.cadenza.model.gguf;

import dev.cadenza.model.BlockQuantiser;
import dev.cadenza.model.WeightType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Builds GGUF files, correct ones by default, broken ones on demand. */
public final class GgufWriter {
    public static final int F32 = 0;
    public static final int F16 = 1;
    public static final int Q4_1 = 3;
    public static final int Q8_0 = 8;

    /** A metadata value: type id and encoded value. */
    public record Value(int type, byte[] bytes) {
    }

    /** @param offset in the data section; -1: the next aligned place */
    public record Tensor(String name, int type, long[] dimensions, byte[] data, long offset) {
        public Tensor shape(long... other) {
            return new Tensor(name, type, other, data, offset);
        }

        public Tensor ofType(int other) {
            return new Tensor(name, other, dimensions, data, offset);
        }

        public Tensor named(String other) {
            return new Tensor(other, type, dimensions, data, offset);
        }

        public Tensor at(long other) {
            return new Tensor(name, type, dimensions, data, other);
        }
    }

    private record Entry(String key, Value value) {
    }

    private final List<Entry> metadata = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private int version = 3;
    private int alignment = 32;

    /** A model of 2 layers, hidden 32, 2 heads on 1 KV head, feed-forward 64, 12 tokens, tied head; random weights of four types. */
    public static GgufWriter tinyLlama() {
        var random = new Random(20_260_101);
        var writer = metadata(2, 32, 2, 1, 64, "<|endoftext|>", "<|im_start|>", "<|im_end|>", "a", "b", "c", "d", "Ġ", "ab", "cd", "Ġa", "Ċ")
                .tensor("token_embd.weight", Q8_0, random, 32, 12).tensor("output_norm.weight", F32, random, 32);
        for (int layer = 0; layer < 2; layer++) {
            String block = "blk." + layer + ".";
            writer.tensor(block + "attn_norm.weight", F32, random, 32).tensor(block + "attn_q.weight", Q4_1, random, 32, 32)
                    .tensor(block + "attn_k.weight", Q4_1, random, 32, 16).tensor(block + "attn_v.weight", F16, random, 32, 16)
                    .tensor(block + "attn_output.weight", Q4_1, random, 32, 32).tensor(block + "ffn_norm.weight", F32, random, 32)
                    .tensor(block + "ffn_gate.weight", Q4_1, random, 32, 64).tensor(block + "ffn_up.weight", Q4_1, random, 32, 64)
                    .tensor(block + "ffn_down.weight", Q4_1, random, 64, 32);
        }
        return writer;
    }

    /** A model of 1 layer, hidden 256, feed-forward 256, 2 heads on 1 KV head, 12 tokens, own head; the first seven types are the projections'. */
    public static GgufWriter llamaOf(WeightType... types) {
        var random = new Random(20_260_102);
        var tokens = IntStream.range(0, 12).mapToObj(i -> "t" + i).toArray(String[]::new);
        var names = new String[] {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"};
        var writer = metadata(1, 256, 2, 1, 256, tokens).tensor("token_embd.weight", id(types[0]), random, 256, 12)
                .tensor("output.weight", id(types[types.length - 1]), random, 256, 12).tensor("output_norm.weight", F32, random, 256)
                .tensor("blk.0.attn_norm.weight", F32, random, 256).tensor("blk.0.ffn_norm.weight", F32, random, 256);
        for (int i = 0; i < names.length; i++) {
            writer.tensor("blk.0." + names[i] + ".weight", id(types[i % types.length]), random, 256, i == 1 || i == 2 ? 128 : 256);
        }
        return writer;
    }

    /** Everything but the tensors; the first three tokens are control tokens. */
    public static GgufWriter metadata(int layers, int hidden, int heads, int kvHeads, int feedForward, String... tokens) {
        int[] kinds = new int[tokens.length];
        Arrays.fill(kinds, 1);
        Arrays.fill(kinds, 0, 3, 3);
        return new GgufWriter()
                .with("general.architecture", text("llama"))
                .with("llama.block_count", u32(layers)).with("llama.context_length", u32(256)).with("llama.embedding_length", u32(hidden))
                .with("llama.feed_forward_length", u32(feedForward)).with("llama.attention.head_count", u32(heads))
                .with("llama.attention.head_count_kv", u32(kvHeads))
                .with("llama.rope.freq_base", f32(10_000)).with("llama.attention.layer_norm_rms_epsilon", f32(1e-5f))
                .with("llama.vocab_size", u32(tokens.length)).with("llama.rope.dimension_count", u32(hidden / heads))
                .with("tokenizer.ggml.model", text("gpt2")).with("tokenizer.ggml.pre", text("smollm"))
                .with("tokenizer.ggml.tokens", texts(tokens)).with("tokenizer.ggml.token_type", i32s(kinds))
                .with("tokenizer.ggml.merges", texts("a b", "c d", "Ġ a"))
                .with("tokenizer.ggml.bos_token_id", u32(1)).with("tokenizer.ggml.eos_token_id", u32(2))
                .with("tokenizer.ggml.add_bos_token", bool(false))
                .with("tokenizer.chat_template", text("{{ messages[0].content }}"));
    }

    /** The format's number of a type. */
    public static int id(WeightType type) {
        return switch (type) {
            case F32 -> F32;
            case F16 -> F16;
            case Q4_0 -> 2;
            case Q4_1 -> Q4_1;
            case Q5_0 -> 6;
            case Q5_1 -> 7;
            case Q8_0 -> Q8_0;
            case Q4_K -> 12;
            case Q5_K -> 13;
            case Q6_K -> 14;
            case BF16 -> 30;
        };
    }

    public GgufWriter version(int other) {
        version = other;
        return this;
    }

    /** Where tensors are put; the metadata that says so is the caller's. */
    public GgufWriter alignment(int other) {
        alignment = other;
        return this;
    }

    /** Replaces or appends. */
    public GgufWriter with(String key, Value value) {
        int at = metadata.stream().map(Entry::key).toList().indexOf(key);
        if (at < 0) {
            return append(key, value);
        }
        metadata.set(at, new Entry(key, value));
        return this;
    }

    /** Appends even if there is one already. */
    public GgufWriter append(String key, Value value) {
        metadata.add(new Entry(key, value));
        return this;
    }

    public GgufWriter without(String key) {
        metadata.removeIf(entry -> entry.key.equals(key));
        return this;
    }

    /** Appends a tensor of finite random values in about [-1, 1]. */
    public GgufWriter tensor(String name, int type, Random random, long... dimensions) {
        long elements = Arrays.stream(dimensions).reduce(1, (a, b) -> a * b);
        tensors.add(new Tensor(name, type, dimensions, randomData(type, (int) elements, random), -1));
        return this;
    }

    /** Appends a tensor. */
    public GgufWriter tensor(String name, WeightType type, float[] values, long... dimensions) {
        tensors.add(new Tensor(name, id(type), dimensions, BlockQuantiser.encode(type, values), -1));
        return this;
    }

    public GgufWriter change(String tensor, UnaryOperator<Tensor> change) {
        tensors.replaceAll(each -> each.name.equals(tensor) ? change.apply(each) : each);
        return this;
    }

    public GgufWriter withoutTensor(String name) {
        tensors.removeIf(each -> each.name.equals(name));
        return this;
    }

    public byte[] bytes() {
        var header = new Bytes().i32('G' | 'G' << 8 | 'U' << 16 | 'F' << 24).i32(version).i64(tensors.size()).i64(metadata.size());
        for (var entry : metadata) {
            header.text(entry.key).i32(entry.value.type).raw(entry.value.bytes);
        }
        var data = new Bytes();
        for (var tensor : tensors) {
            header.text(tensor.name).i32(tensor.dimensions.length);
            for (long size : tensor.dimensions) {
                header.i64(size);
            }
            data.pad(alignment);
            header.i32(tensor.type).i64(tensor.offset == -1 ? data.size() : tensor.offset);
            data.raw(tensor.data);
        }
        return header.pad(alignment).raw(data.array()).array();
    }

    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Value u8(int value) {
        return new Value(0, new byte[] {(byte) value});
    }

    public static Value i8(int value) {
        return new Value(1, new byte[] {(byte) value});
    }

    public static Value u16(int value) {
        return new Value(2, Arrays.copyOf(new Bytes().i32(value).array(), 2));
    }

    public static Value i16(int value) {
        return new Value(3, Arrays.copyOf(new Bytes().i32(value).array(), 2));
    }

    public static Value u32(int value) {
        return new Value(4, new Bytes().i32(value).array());
    }

    public static Value i32(int value) {
        return new Value(5, new Bytes().i32(value).array());
    }

    public static Value f32(float value) {
        return new Value(6, new Bytes().i32(Float.floatToRawIntBits(value)).array());
    }

    public static Value bool(boolean value) {
        return new Value(7, new byte[] {(byte) (value ? 1 : 0)});
    }

    public static Value text(String value) {
        return new Value(8, new Bytes().text(value).array());
    }

    public static Value u64(long value) {
        return new Value(10, new Bytes().i64(value).array());
    }

    public static Value i64(long value) {
        return new Value(11, new Bytes().i64(value).array());
    }

    public static Value f64(double value) {
        return new Value(12, new Bytes().i64(Double.doubleToRawLongBits(value)).array());
    }

    public static Value texts(String... values) {
        var array = new Bytes().i32(8).i64(values.length);
        for (var value : values) {
            array.text(value);
        }
        return new Value(9, array.array());
    }

    public static Value i32s(int... values) {
        var array = new Bytes().i32(5).i64(values.length);
        for (int value : values) {
            array.i32(value);
        }
        return new Value(9, array.array());
    }

    private static byte[] randomData(int type, int elements, Random random) {
        var data = new Bytes();
        switch (type) {
            case F32 -> random.doubles(elements, -1, 1).forEach(value -> data.i32(Float.floatToRawIntBits((float) value)));
            case F16 -> random.doubles(elements, -1, 1).forEach(value -> data.half((float) value));
            case Q4_1 -> {
                for (int block = 0; block < elements / 32; block++) {
                    data.half(random.nextFloat() / 8).half(-random.nextFloat()).random(random, 16);
                }
            }
            case Q8_0 -> {
                for (int block = 0; block < elements / 32; block++) {
                    data.half(random.nextFloat() / 128).random(random, 32);
                }
            }
            default -> {
                var values = new float[elements];
                for (int i = 0; i < elements; i++) {
                    values[i] = 2 * random.nextFloat() - 1;
                }
                data.raw(BlockQuantiser.encode(typeOf(type), values));
            }
        }
        return data.array();
    }

    private static WeightType typeOf(int id) {
        return Arrays.stream(WeightType.values()).filter(type -> id(type) == id).findFirst().orElseThrow();
    }

    /** A little-endian byte string. */
    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes i32(int value) {
            return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        }

        Bytes i64(long value) {
            return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        }

        Bytes half(float value) {
            return raw(ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(Float.floatToFloat16(value)).array());
        }

        Bytes random(Random random, int count) {
            var bytes = new byte[count];
            random.nextBytes(bytes);
            return raw(bytes);
        }

        Bytes text(String value) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            return i64(bytes.length).raw(bytes);
        }

        Bytes raw(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        Bytes pad(int alignment) {
            return raw(new byte[Math.floorMod(-out.size(), alignment)]);
        }

        int size() {
            return out.size();
        }

        byte[] array() {
            return out.toByteArray();
        }
    }
}
