package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Want;
import dev.cadenza.engine.torch.StepLayout.HeadRow;
import dev.cadenza.engine.vector.LogitRow;
import dev.cadenza.model.Architecture;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sampling in Java against that of the native program: two that were written apart. */
class VectorSamplingTest {
    private static final float CLOSE = 2e-5f;
    private static Script script;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    @BeforeAll
    static void load() {
        TorchRuntime.start(2);
        var smallest = new Architecture("llama", 1, 8, 1, 1, 8, 8, 300, 64, 1e-5f, 1e4f, Architecture.RopePairs.INTERLEAVED, true);
        script = Script.load("decoder.torchscript.py", "Decoder", ProgramStep.attributes(smallest));
    }

    @AfterAll
    static void close() {
        script.close();
    }

    private List<HeadRow> wants(int rows, int vocabulary) {
        var wants = new ArrayList<HeadRow>();
        for (int row = 0; row < rows; row++) {
            LogitEdits edits = LogitEdits.NONE;
            if (random.nextBoolean()) {
                int[] tokens = random.ints(0, vocabulary).distinct().limit(Math.min(vocabulary / 2, 9)).toArray();
                float[] divisors = new float[tokens.length];
                float[] addends = new float[tokens.length];
                for (int i = 0; i < tokens.length; i++) {
                    divisors[i] = 1 + random.nextInt(2);
                    addends[i] = random.nextInt(6) - 3 + 0x1p-13f + i * 0x1p-17f;
                }
                edits = new LogitEdits(tokens, divisors, addends);
            }
            float temperature = random.nextInt(3) == 0 ? 0 : 0.2f + random.nextFloat();
            var law = new Law(temperature, 0, 1, 0, edits);
            int top = random.nextInt(Math.min(vocabulary, 20) + 1) - 1;
            wants.add(new HeadRow(row, random.nextInt(6) == 0 ? new Want.Probabilities(0, law)
                    : new Want.Sample(0, law, new Draw(0, 0, row, 0), top, random.nextBoolean()), row));
        }
        return wants;
    }

    /** No two of a row are the same, nor are they with edits: the native program has no order for those. */
    private MemorySegment logits(int rows, int vocabulary, Arena arena) {
        MemorySegment raw = arena.allocate(4L * rows * vocabulary, 64);
        List<Integer> ranks = new ArrayList<>(IntStream.range(0, vocabulary).boxed().toList());
        float step = 0x1p5f / Integer.highestOneBit(vocabulary) / 2;
        for (int row = 0; row < rows; row++) {
            Collections.shuffle(ranks, random);
            for (int token = 0; token < vocabulary; token++) {
                raw.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * vocabulary + token, (ranks.get(token) - vocabulary / 2) * step);
            }
        }
        return raw;
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 255, 300, 5_000, 49_152})
    void answersAreThoseOfTheNativeProgram(int vocabulary) {
        for (int round = 0; round < 6; round++) {
            int rows = 1 + random.nextInt(7);
            var plan = new SamplePlan(wants(rows, vocabulary), vocabulary, RowCounts.any(rows));
            try (Arena arena = Arena.ofConfined(); PtNDManager scope = script.scope()) {
                // given
                MemorySegment raw = logits(rows, vocabulary, arena);
                ByteBuffer integers = ByteBuffer.allocateDirect(8 * plan.integers()).order(ByteOrder.nativeOrder());
                ByteBuffer floats = ByteBuffer.allocateDirect(4 * plan.floats()).order(ByteOrder.nativeOrder());
                plan.write(integers.asLongBuffer(), floats.asFloatBuffer());

                // when
                PtNDArray[] program = script.tensors(scope, "sample", Script.tensor(scope, raw, DataType.FLOAT32, rows, vocabulary),
                        Script.tensor(scope, integers, DataType.INT64, plan.integers()), Script.tensor(scope, floats, DataType.FLOAT32, plan.floats()),
                        plan.counts());
                StepRunner.Answer answer = sampling(vocabulary).answer(raw, plan, List.of());

                // then
                assertThat(answer.integers()).as("seed %d", seed).isEqualTo(program[0].toLongArray());
                assertThat(answer.floats()).as("seed %d", seed).containsExactly(program[1].toFloatArray(), offset(CLOSE));
                for (int row = 0; row < rows; row++) {
                    assertThat(answer.logits().apply(row)).isEqualTo(script.logitsRow(row));
                }
            }
        }
    }

    @Test
    void rowWithoutFiniteLogitsIsToldByItsBestAndHarmsNoOther() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            var law = new Law(1, 0, 1, 0, LogitEdits.NONE);
            var want = new Want.Sample(0, law, new Draw(0, 0, 0, 0), 5, true);
            var plan = new SamplePlan(List.of(new HeadRow(0, want, 0), new HeadRow(1, want, 1)), 300, RowCounts.any(2));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment raw = arena.allocate(4L * 2 * 300, 64);
                raw.setAtIndex(ValueLayout.JAVA_FLOAT, 77, bad);
                raw.setAtIndex(ValueLayout.JAVA_FLOAT, 300 + 8, 5);

                StepRunner.Answer answer = sampling(300).answer(raw, plan, List.of());

                assertThat(Float.isFinite(answer.floats()[0])).isFalse();
                assertThat(answer.floats()[1]).isEqualTo(5);
                assertThat(answer.integers()[1]).isEqualTo(8);
            }
        }
    }

    private static VectorSampling sampling(int vocabulary) {
        var reader = new LogitRow(vocabulary);
        return new VectorSampling((rows, work) -> {
            for (int row = 0; row < rows; row++) {
                work.accept(reader, row);
            }
        }, vocabulary);
    }
}
