package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.WeightName.Kind;
import dev.cadenza.model.WeightType;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.model.gguf.GgufWriter;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightBinderTest {
    private static final int DOWN = 3;
    private static final int WIDTH = 256;

    @TempDir
    Path folder;

    /** The rows of the identity through the kernel are its weights, rounded to bf16 on the way out. */
    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K"})
    void repackedWeightsAreOffByNoMoreThanTheRoundingOfScaleAndZero(WeightType type) throws Exception {
        // given
        TorchRuntime.start(2);
        ByteBuffer identity = ByteBuffer.allocateDirect(WIDTH * WIDTH * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < WIDTH; i++) {
            identity.putFloat((i * WIDTH + i) * Float.BYTES, 1);
        }
        try (var checkpoint = GgufCheckpoint.open(GgufWriter.llamaOf(type).write(folder.resolve("model.gguf")));
                Script script = Script.load("decoder.torchscript.py", "Decoder", TorchEngine.attributes(checkpoint.architecture()));
                PtNDManager scope = script.scope()) {
            // when
            assertThat(new WeightBinder(checkpoint, script, SelfTest.Dense.PLAIN, true).bind().int4()).containsExactly(true, true, true, true);
            float[] packed = script.tensor(scope, "decode_linear", Script.tensor(scope, identity, DataType.FLOAT32, WIDTH, WIDTH), DOWN).toFloatArray();

            // then
            Weight down = checkpoint.weight(new WeightName(Kind.DOWN, 0));
            var exact = new float[WIDTH];
            var scales = new float[WIDTH / WeightType.FOUR_BIT_GROUP];
            var minima = new float[scales.length];
            double squares = 0;
            double errors = 0;
            for (int row = 0; row < WIDTH; row++) {
                down.dequantise(row, 1, MemorySegment.ofArray(exact));
                down.fourBitGroups(row, new int[WIDTH], scales, minima);
                for (int column = 0; column < WIDTH; column++) {
                    int group = column / WeightType.FOUR_BIT_GROUP;
                    float value = packed[column * WIDTH + row];
                    double bound = (8 * Math.abs(scales[group]) + Math.abs(minima[group] + 8 * scales[group]) + Math.abs(value)) / 256;
                    assertThat(Math.abs(value - exact[column])).as("row %d, column %d", row, column).isLessThanOrEqualTo((float) bound);
                    errors += Math.pow(value - exact[column], 2);
                    squares += Math.pow(exact[column], 2);
                }
            }
            System.out.printf("%s as int4: root mean square error %.5f of the weights'%n", type, Math.sqrt(errors / squares));
            assertThat(Math.sqrt(errors / squares)).isLessThan(0.004);
        }
    }
}
