package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.LANES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cadenza.engine.machine.ExecutableMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntegerKernelTest {
    private static final int GROUPS = 3;
    private static final int BLOCKS = 2;

    @ParameterizedTest
    @CsvSource({"4, 32, false", "4, 16, false", "8, 32, false", "8, 16, false", "4, 32, true", "8, 16, true"})
    void everyTileHasTheBitsOfTheSameSumsInPlainJava(int bits, int group, boolean dotProducts) throws Throwable {
        assumeTrue(dotProducts ? Processor.hasDotProducts() : Processor.has(Set.of("avx2", "fma")));
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var format = new PackedForm.Format(bits, group);
        for (int rows = 1; rows <= IntegerKernel.MOST_ROWS; rows++) {
            Optional<MemorySegment> code = ExecutableMemory.of(IntegerKernel.code(format, rows, dotProducts));
            assumeTrue(code.isPresent());

            // given
            int[][] codes = new int[BLOCKS * LANES][GROUPS * group];
            float[][] scales = new float[BLOCKS * LANES][2 * GROUPS];
            int[][] x = new int[rows][GROUPS * group];
            float[] steps = new float[rows];
            for (int output = 0; output < codes.length; output++) {
                for (int i = 0; i < GROUPS * group; i++) {
                    codes[output][i] = random.nextInt(1 << bits) - (1 << bits - 1);
                }
                for (int i = 0; i < 2 * GROUPS; i++) {
                    scales[output][i] = (float) random.nextGaussian();
                }
            }
            for (int row = 0; row < rows; row++) {
                steps[row] = random.nextFloat();
                for (int i = 0; i < GROUPS * group; i++) {
                    x[row][i] = random.nextInt(2 * Short.MAX_VALUE + 1) - Short.MAX_VALUE;
                }
            }

            // when
            float[][] y = multiply(code.get(), format, codes, scales, x, steps);

            // then
            for (int row = 0; row < rows; row++) {
                for (int output = 0; output < codes.length; output++) {
                    assertThat(y[row][output]).as("seed %d, row %d of %d, output %d", seed, row, rows, output)
                            .isEqualTo(expected(codes[output], scales[output], x[row], steps[row], group));
                }
                assertThat(y[row][codes.length]).as("what stands behind the outputs").isEqualTo(-1);
            }
        }
    }

    private static float expected(int[] codes, float[] scales, int[] x, float step, int group) {
        float sum = 0;
        for (int g = 0; g < GROUPS; g++) {
            int products = 0;
            int inputs = 0;
            for (int i = g * group; i < (g + 1) * group; i++) {
                products += codes[i] * x[i];
                inputs += x[i];
            }
            sum = Math.fma(inputs, scales[2 * g + 1], Math.fma(products, scales[2 * g], sum));
        }
        return sum * step;
    }

    private static float[][] multiply(MemorySegment code, PackedForm.Format format, int[][] codes, float[][] scales, int[][] x, float[] steps)
            throws Throwable {
        int group = format.group();
        int perWord = Integer.SIZE / format.bits();
        int half = perWord / 2;
        int words = GROUPS * group / perWord;
        long xStride = (long) GROUPS * IntegerInputs.groupBytes(group) + Float.BYTES;
        int outputs = BLOCKS * LANES;
        long yStride = Float.BYTES * (outputs + 1L);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = arena.allocate(4L * BLOCKS * words * LANES, 64);
            MemorySegment packedScales = arena.allocate(4L * BLOCKS * GROUPS * 2 * LANES, 64);
            for (int output = 0; output < outputs; output++) {
                int block = output / LANES;
                for (int word = 0; word < words; word++) {
                    int value = 0;
                    for (int i = 0; i < perWord; i++) {
                        value = value << format.bits() | codes[output][word * perWord + i] & (1 << format.bits()) - 1;
                    }
                    packed.setAtIndex(ValueLayout.JAVA_INT, ((long) block * words + word) * LANES + output % LANES, value);
                }
                for (int i = 0; i < 2 * GROUPS; i++) {
                    packedScales.setAtIndex(ValueLayout.JAVA_FLOAT, ((long) block * GROUPS * 2 + i) * LANES + output % LANES, scales[output][i]);
                }
            }
            MemorySegment inputs = arena.allocate(xStride * x.length, 64);
            for (int row = 0; row < x.length; row++) {
                long at = row * xStride;
                for (int g = 0; g < GROUPS; g++) {
                    int sum = 0;
                    for (int i = 0; i < group; i++) {
                        int value = x[row][g * group + i];
                        sum += value;
                        long place = i / perWord * perWord + i % half * 2 + (i % perWord < half ? 1 : 0);
                        inputs.set(ValueLayout.JAVA_SHORT, at + place * Short.BYTES, (short) value);
                    }
                    inputs.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + (long) group * Short.BYTES, sum);
                    at += IntegerInputs.groupBytes(group);
                }
                inputs.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, steps[row]);
            }
            MemorySegment y = arena.allocate(yStride * x.length, 64);
            for (int row = 0; row < x.length; row++) {
                y.set(ValueLayout.JAVA_FLOAT_UNALIGNED, row * yStride + Float.BYTES * (long) outputs, -1);
            }
            ValueLayout number = ValueLayout.JAVA_LONG;
            MethodHandle call = Linker.nativeLinker().downcallHandle(code, FunctionDescriptor.ofVoid(number, number, number, number, number, number, number, number));
            call.invokeExact(inputs.address(), xStride, packed.address(), packedScales.address(), y.address(), yStride, (long) GROUPS, (long) BLOCKS);
            var result = new float[x.length][outputs + 1];
            for (int row = 0; row < x.length; row++) {
                MemorySegment.copy(y, ValueLayout.JAVA_FLOAT_UNALIGNED, row * yStride, result[row], 0, outputs + 1);
            }
            return result;
        }
    }
}
