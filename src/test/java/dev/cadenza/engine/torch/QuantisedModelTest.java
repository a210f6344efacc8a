package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import dev.cadenza.engine.torch.EngineSettings.Precision;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.WeightName.Kind;
import dev.cadenza.model.WeightType;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.model.gguf.GgufWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The default model's first layers and tokens, encoded anew in other formats: the file in float32 mode against its float32 twin, and the vector kernels. */
class QuantisedModelTest {
    private static final int LAYERS = 3;
    private static final int VOCABULARY = 4_096;
    private static final int POSITIONS = 96;
    private static final int TOP = 20;

    @TempDir
    Path folder;

    /** @param down type of the down projection, whose 1536 inputs are whole blocks of 256; the others have 576 inputs */
    private record Mix(WeightType attention, WeightType gateUp, WeightType down) {
        WeightType of(Kind kind) {
            return switch (kind) {
                case QUERY, KEY, VALUE, ATTENTION_OUTPUT -> attention;
                case GATE, UP -> gateUp;
                case DOWN -> down;
                case EMBEDDING, HEAD -> WeightType.Q8_0;
                case FINAL_NORM, ATTENTION_NORM, FEED_FORWARD_NORM -> WeightType.F32;
            };
        }
    }

    static Stream<Arguments> mixes() {
        return Stream.of(new Mix(WeightType.Q4_1, WeightType.Q4_1, WeightType.Q4_1), new Mix(WeightType.Q4_0, WeightType.Q4_0, WeightType.Q4_0),
                new Mix(WeightType.Q4_1, WeightType.Q4_0, WeightType.Q4_K), new Mix(WeightType.Q5_0, WeightType.Q5_1, WeightType.Q4_K),
                new Mix(WeightType.Q8_0, WeightType.Q4_1, WeightType.Q6_K), new Mix(WeightType.F16, WeightType.BF16, WeightType.Q5_K)).map(Arguments::of);
    }

    /** Inputs of a prompt's products may have eight bits; all else is as the file has it. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("mixes")
    void modelOfTheseTypesComputesWhatItsFloatsSay(Mix mix) throws Exception {
        // given
        Path file = folder.resolve("mixed.gguf");
        Path twin = folder.resolve("float32.gguf");
        encode(mix).write(file);
        floatsOf(file).write(twin);

        // when
        List<Sampled> expected = teacherForced(twin, Precision.FLOAT32, "decode, prefill and head float32").samples;
        List<Sampled> exact = teacherForced(file, Precision.FLOAT32, "decode, prefill and head float32").samples;
        Forced fast = teacherForced(file, Precision.FAST, "decode, prefill and head in ");

        // then
        for (int i = 0; i < POSITIONS; i++) {
            assertThat(exact.get(i).topTokens()).isEqualTo(expected.get(i).topTokens());
            assertThat(exact.get(i).topLogprobs()).isEqualTo(expected.get(i).topLogprobs());
        }
        double rounding = fast.kernels.contains(" in 16 bits") ? 0.02 : 0.001;
        assertClose(mix.toString(), exact, fast.samples, 0.97, fast.kernels.contains(" in 8 bits") ? 0.2 : rounding);
    }

    /** A weight's last block of lanes is not full; gate and up have 20 outputs each here. */
    @Test
    void linearsOfAnOddNumberOfOutputsAreComputed() throws Exception {
        // given
        var writer = GgufWriter.llamaOf(WeightType.Q4_0, WeightType.Q4_1).with("llama.feed_forward_length", GgufWriter.u32(20))
                .withoutTensor("blk.0.ffn_gate.weight").withoutTensor("blk.0.ffn_up.weight").withoutTensor("blk.0.ffn_down.weight");
        Path file = writer.tensor("blk.0.ffn_gate.weight", GgufWriter.Q4_1, new Random(1), 256, 20)
                .tensor("blk.0.ffn_up.weight", GgufWriter.Q4_1, new Random(2), 256, 20)
                .tensor("blk.0.ffn_down.weight", GgufWriter.F32, new Random(3), 20, 256).write(folder.resolve("odd.gguf"));

        // when, then: loading compares each linear with plain sums
        try (var checkpoint = GgufCheckpoint.open(file); var engine = TorchEngine.load(checkpoint, new EngineSettings(Precision.FAST, 2, 1 << 24))) {
            assertThat(engine.kernels()).startsWith("decode, prefill and head in ").contains("linears row-invariant");
            boolean limited = Stream.of("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA").anyMatch(System.getenv()::containsKey);
            boolean native64 = System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
            assertThat(engine.kernels().contains(", prompts multiplied by oneDNN")).isEqualTo(native64 && !limited);
        }
    }

    private static void assertClose(String name, List<Sampled> exact, List<Sampled> fast, double leastAgreement, double mostError) {
        int agree = 0;
        double worst = 0;
        for (int i = 0; i < POSITIONS; i++) {
            agree += exact.get(i).topTokens()[0] == fast.get(i).topTokens()[0] ? 1 : 0;
            for (int k = 0; k < TOP; k++) {
                int token = exact.get(i).topTokens()[k];
                int[] ids = fast.get(i).topTokens();
                int at = IntStream.range(0, TOP).filter(j -> ids[j] == token).findFirst().orElse(-1);
                if (at >= 0) {
                    worst = Math.max(worst, Math.abs(exact.get(i).topLogprobs()[k] - fast.get(i).topLogprobs()[at]));
                }
            }
        }
        System.out.printf("%s: top-1 agreement %.3f, largest difference of a top log-probability %.4f%n", name, agree / (double) POSITIONS, worst);
        assertThat(agree / (double) POSITIONS).isGreaterThanOrEqualTo(leastAgreement);
        assertThat(worst).isLessThan(mostError);
    }

    private record Forced(List<Sampled> samples, String kernels) {
    }

    /** Half a prompt, then next tokens one by one. */
    private static Forced teacherForced(Path file, Precision precision, String kernels) throws Exception {
        var tokens = new Random(5).ints(2 * POSITIONS, 0, VOCABULARY).toArray();
        var samples = new ArrayList<Sampled>();
        String used;
        try (var checkpoint = GgufCheckpoint.open(file); var engine = TorchEngine.load(checkpoint, new EngineSettings(precision, 2, 64 << 20));
                Region region = engine.open(2 * POSITIONS)) {
            assertThat(engine.kernels()).contains(kernels);
            used = engine.kernels();
            int[] prompt = IntStream.of(tokens).limit(POSITIONS).toArray();
            engine.step(new StepPlan(List.of(Segment.chain(region, Role.PREFILL, prompt, List.of()))));
            region.keep(IntStream.range(0, POSITIONS).toArray());
            for (int i = POSITIONS; i < 2 * POSITIONS; i++) {
                var want = new Want.Sample(0, Law.GREEDY, new Draw(0, 0, 0, 0), TOP);
                samples.add(engine.step(new StepPlan(List.of(Segment.chain(region, Role.DECODE, new int[] {tokens[i]}, List.of(want)))))
                        .segments().getFirst().samples().getFirst());
                region.keep(0);
            }
        }
        return new Forced(samples, used);
    }

    private static GgufWriter encode(Mix mix) throws Exception {
        try (var real = GgufCheckpoint.open(RealModel.path())) {
            return write(real, kind -> mix.of(kind));
        }
    }

    private static GgufWriter floatsOf(Path file) throws Exception {
        try (var checkpoint = GgufCheckpoint.open(file)) {
            return write(checkpoint, kind -> kind == Kind.EMBEDDING ? WeightType.Q8_0 : WeightType.F32);
        }
    }

    private interface Types {
        WeightType of(Kind kind);
    }

    private static GgufWriter write(GgufCheckpoint from, Types types) {
        Architecture a = from.architecture();
        var tokens = IntStream.range(0, VOCABULARY).mapToObj(i -> "t" + i).toArray(String[]::new);
        var writer = GgufWriter.metadata(LAYERS, a.hidden(), a.heads(), a.kvHeads(), a.feedForward(), tokens)
                .with("llama.rope.freq_base", GgufWriter.f32(a.ropeTheta()));
        add(writer, from, WeightName.of(Kind.EMBEDDING), types);
        add(writer, from, WeightName.of(Kind.FINAL_NORM), types);
        for (int layer = 0; layer < LAYERS; layer++) {
            for (Kind kind : Kind.values()) {
                if (kind.ofLayer()) {
                    add(writer, from, new WeightName(kind, layer), types);
                }
            }
        }
        return writer;
    }

    private static void add(GgufWriter writer, GgufCheckpoint from, WeightName name, Types types) {
        Weight weight = from.weight(name);
        int rows = name.kind() == Kind.EMBEDDING ? VOCABULARY : weight.rows();
        var values = new float[rows * weight.columns()];
        weight.dequantise(0, rows, MemorySegment.ofArray(values));
        long[] shape = rows == 1 ? new long[] {weight.columns()} : new long[] {weight.columns(), rows};
        writer.tensor(weight.name(), types.of(name.kind()), values, shape);
    }
}
