package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Int8KernelTest {
    private static final int GROUP = Int8Inputs.GROUP;
    private static final int BLOCK = Int8Inputs.BLOCK;
    private static final int GROUPS = 3;
    private static final int INPUTS = GROUPS * GROUP;
    private static final int LEAST_CODE = -8;
    private static final int GREATEST_CODE = 7;
    private static final int MOST_ROWS = 14;
    /** Outputs in front of those that are looked at. */
    private static final int BEFORE = 5;

    /**
     * Per output.
     *
     * @param rotated the codes multiplied by the matrix, in the order of the inputs' bytes
     * @param scales  scale and base of each group
     */
    private record Weights(int[][] codes, int[][] rotated, float[][] scales) {
        int outputs() {
            return codes.length;
        }

        int greatest(int chains) {
            return Arrays.stream(rotated).mapToInt(weights -> Int8KernelTest.greatest(weights, chains)).max().orElseThrow();
        }
    }

    /**
     * @param numbers the bytes less their offset
     * @param steps   per group
     * @param sums    likewise
     */
    private record Row(int[] numbers, float[] steps, float[] sums) {
    }

    @BeforeEach
    void machineCodeRunsHere() {
        assumeTrue(Int8Strip.suits());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 1", "4, 1", "7, 1", "8, 1", "1, 2", "2, 2", "3, 2", "4, 2", "7, 2", "8, 2"})
    void rowsHaveTheBitsOfTheSameSumsInPlainJava(int blocks, int chains) {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        // given
        Weights weights = weights(blocks * LANES, random, chains == 1 ? () -> random.nextInt(8) - 4 : () -> extreme(random.nextBoolean()));
        assertThat(Int8Layout.fits(weights.greatest(1))).as("seed %d: whether one chain is taken", seed).isEqualTo(chains == 1);
        for (int count = 1; count <= MOST_ROWS; count++) {
            var rows = new ArrayList<Row>();
            for (int row = 0; row < count; row++) {
                rows.add(row(random, () -> random.nextInt(2 * Int8Inputs.LARGEST + 1) - Int8Inputs.LARGEST));
            }

            for (boolean dotProducts : instructions()) {
                // when
                float[][] y = product(weights, rows, dotProducts);

                // then
                assertExpected(y, weights, rows, dotProducts, "seed %d, %d rows".formatted(seed, count));
            }
        }
    }

    /** Each output's blocks of codes are the same, so that a chain adds up the like of them, and some row has the greatest inputs of the weights' signs. */
    @Test
    void allCodesOfExtremesAreExactWithTheGreatestInputs() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        // given
        int[][] codes = new int[1 << BLOCK][INPUTS];
        for (int output = 0; output < codes.length; output++) {
            for (int i = 0; i < INPUTS; i++) {
                codes[output][i] = extreme((output >> i % BLOCK & 1) == 1);
            }
        }
        Weights weights = weights(codes, random);
        var rows = new ArrayList<Row>();
        for (int[] rotated : weights.rotated()) {
            rows.add(against(rotated, random, 1));
            rows.add(against(rotated, random, -1));
        }

        for (boolean dotProducts : instructions()) {
            // when
            float[][] y = product(weights, rows, dotProducts);

            // then
            assertExpected(y, weights, rows, dotProducts, "seed " + seed);
        }
        assertThat(Int8Layout.fits(weights.greatest(1))).isFalse();
        // Sums of absolute values are greatest where all codes are extremes, and a block's part is the same in any place.
        assertThat(Int8Layout.fits(weights.greatest(2))).as("two chains are enough for any codes").isTrue();
    }

    /** Of two weights in a word the sum of absolutes is even: there is none in between. */
    @ParameterizedTest
    @CsvSource({"258, true", "260, false"})
    void weightsAtTheLimitOfOneChainAreExactWithTheGreatestInputs(int greatest, boolean fits) throws Throwable {
        assertThat(Int8Layout.fits(greatest)).isEqualTo(fits);
        long seed = new Random().nextLong();
        var random = new Random(seed);
        // given
        int[][] codes = new int[Int8Layout.WORDS.blocks() * LANES][INPUTS];
        for (int[] output : codes) {
            for (int group = 0; group < GROUPS; group++) {
                int[] found = random.ints(GROUP, LEAST_CODE, GREATEST_CODE + 1).toArray();
                while (greatest(rotated(found), 1) != greatest) {
                    found = random.ints(GROUP, LEAST_CODE, GREATEST_CODE + 1).toArray();
                }
                System.arraycopy(found, 0, output, group * GROUP, GROUP);
            }
        }
        Weights weights = weights(codes, random);
        var rows = new ArrayList<Row>();
        for (int[] rotated : weights.rotated()) {
            rows.add(against(rotated, random, 1));
            rows.add(against(rotated, random, -1));
        }
        // Tiles of other numbers of rows, and of four.
        for (int count : new int[] {1, 2, 3, rows.size()}) {
            // when
            float[][] y = product(weights, rows.subList(0, count), false);

            // then
            assertExpected(y, weights, rows.subList(0, count), false, "seed %d, %d rows".formatted(seed, count));
        }
        float[][] inOneChain = product(Int8Layout.WORDS, Int8WordKernel.ROWS, weights, rows);
        assertThat(Arrays.deepEquals(inOneChain, product(weights, rows, false))).as("seed %d: whether one chain would do", seed).isEqualTo(fits);
    }

    @Test
    void oneChainAndTwoHaveTheSameBits() throws Throwable {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int rowsOfTile = 1; rowsOfTile <= Int8WordKernel.ROWS; rowsOfTile++) {
            // given
            Weights weights = weights(2 * Int8Layout.WORDS.blocks() * LANES, random, () -> random.nextInt(8) - 4);
            var rows = new ArrayList<Row>();
            // The code steps on by four rows: there are several of no other tiles.
            int tiles = rowsOfTile == Int8WordKernel.ROWS ? 3 : 1;
            for (int row = 0; row < tiles * rowsOfTile; row++) {
                rows.add(row(random, () -> random.nextInt(2 * Int8Inputs.LARGEST + 1) - Int8Inputs.LARGEST));
            }

            // when
            float[][] one = product(Int8Layout.WORDS, rowsOfTile, weights, rows);
            float[][] two = product(Int8Layout.HALVES, rowsOfTile, weights, rows);

            // then
            assertThat(one).as("seed %d, tiles of %d rows", seed, rowsOfTile).isDeepEqualTo(two);
            assertExpected(one, weights, rows, false, "seed %d, tiles of %d rows".formatted(seed, rowsOfTile));
        }
    }

    private static int extreme(boolean great) {
        return great ? GREATEST_CODE : LEAST_CODE;
    }

    private static Weights weights(int outputs, Random random, IntSupplier code) {
        int[][] codes = new int[outputs][INPUTS];
        for (int[] output : codes) {
            Arrays.setAll(output, i -> code.getAsInt());
        }
        return weights(codes, random);
    }

    private static Weights weights(int[][] codes, Random random) {
        float[][] scales = new float[codes.length][2 * GROUPS];
        for (float[] output : scales) {
            for (int i = 0; i < output.length; i++) {
                output[i] = (float) random.nextGaussian();
            }
        }
        return new Weights(codes, Arrays.stream(codes).map(Int8KernelTest::rotated).toArray(int[][]::new), scales);
    }

    private static int[] rotated(int[] codes) {
        int[] rotated = new int[codes.length];
        for (int place = 0; place < codes.length; place++) {
            int block = place / BLOCK * BLOCK;
            for (int i = 0; i < BLOCK; i++) {
                rotated[place] += sign(place - block, i) * codes[block + i];
            }
        }
        return rotated;
    }

    /** Of the matrix: in a block are four sums of pairs, the last pair first, then their differences, each of them from the others' sum. */
    private static int sign(int place, int code) {
        int ofPair = place % 4 == 3 - code / 2 ? -1 : 1;
        return place >= 4 && code % 2 == 0 ? -ofPair : ofPair;
    }

    /** A word of a lane has two of a quad's four weights. */
    private static int greatest(int[] rotated, int chains) {
        int greatest = 0;
        int ofChain = GROUP / chains;
        for (int chain = 0; chain < rotated.length; chain += ofChain) {
            int[] words = new int[2];
            for (int i = chain; i < chain + ofChain; i++) {
                words[i % 4 / 2] += Math.abs(rotated[i]);
            }
            greatest = Math.max(greatest, Math.max(words[0], words[1]));
        }
        return greatest;
    }

    private static Row row(Random random, IntSupplier number) {
        int[] numbers = new int[INPUTS];
        Arrays.setAll(numbers, i -> number.getAsInt());
        float[] steps = new float[GROUPS];
        float[] sums = new float[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            steps[group] = random.nextFloat();
            sums[group] = (float) random.nextGaussian();
        }
        return new Row(numbers, steps, sums);
    }

    private static Row against(int[] rotated, Random random, int sign) {
        Row row = row(random, () -> 0);
        Arrays.setAll(row.numbers(), i -> (rotated[i] < 0 ? -sign : sign) * Int8Inputs.LARGEST);
        return row;
    }

    /** Whether dot products: without, and with them where the processor has any. */
    static List<Boolean> instructions() {
        return Processor.hasDotProducts() ? List.of(false, true) : List.of(false);
    }

    /** Behind the outputs, the last of which a strip's other blocks repeat where there are none, stands what was there. */
    private static void assertExpected(float[][] y, Weights weights, List<Row> rows, boolean dotProducts, String description) {
        for (int row = 0; row < rows.size(); row++) {
            float[] expected = new float[stride(weights, dotProducts)];
            for (int output = 0; output < expected.length - 1; output++) {
                int like = output < weights.outputs() ? output : weights.outputs() - LANES + output % LANES;
                expected[output] = expected(weights, like, rows.get(row));
            }
            expected[expected.length - 1] = -1;
            assertThat(y[row]).as("%s, row %d", description, row).isEqualTo(expected);
        }
    }

    private static float expected(Weights weights, int output, Row row) {
        float y = 0;
        for (int group = 0; group < GROUPS; group++) {
            int products = 0;
            for (int i = group * GROUP; i < (group + 1) * GROUP; i++) {
                products += row.numbers()[i] * weights.rotated()[output][i];
            }
            y = Math.fma(products, row.steps()[group] * weights.scales()[output][2 * group], y);
            y = Math.fma(row.sums()[group], weights.scales()[output][2 * group + 1], y);
        }
        return y;
    }

    private static int stride(Weights weights, boolean dotProducts) {
        int ofStrip = (dotProducts ? Int8Layout.DOUBLE_WORDS : Int8Layout.WORDS).blocks() * LANES;
        return (weights.outputs() + ofStrip - 1) / ofStrip * ofStrip + 1;
    }

    /** Of some rows behind another, and some blocks between others. */
    private static float[][] product(Weights weights, List<Row> rows, boolean dotProducts) {
        try (Arena arena = Arena.ofConfined(); var inputs = new Int8Inputs()) {
            put(rows, inputs);
            var strip = new Int8Strip(arena, 1, dotProducts);
            strip.take(packed(weights, arena), 1, 1 + weights.outputs() / LANES, INPUTS);
            int stride = stride(weights, dotProducts);
            float[] y = new float[BEFORE + rows.size() * stride];
            Arrays.fill(y, -1);
            strip.multiply(inputs, 1, 1 + rows.size(), MemorySegment.ofArray(y), BEFORE, stride);
            var result = new float[rows.size()][];
            Arrays.setAll(result, row -> Arrays.copyOfRange(y, BEFORE + row * stride, BEFORE + (row + 1) * stride));
            assertThat(Arrays.copyOf(y, BEFORE)).containsOnly(-1);
            return result;
        }
    }

    /** Without {@link Int8Strip}, which chooses the layout. */
    private static float[][] product(Int8Layout layout, int rowsOfTile, Weights weights, List<Row> rows) throws Throwable {
        int stride = stride(weights, false);
        int strips = stride / (layout.blocks() * LANES);
        long stripBytes = layout.stripBytes(GROUPS);
        long behind = stripBytes - layout.bytesBehind();
        try (Arena arena = Arena.ofConfined(); var inputs = new Int8Inputs()) {
            put(rows, inputs);
            PackedForm.Codes form = packed(weights, arena);
            MemorySegment memory = arena.allocate(strips * stripBytes, 64);
            int greatest = 0;
            for (int block = 0; block < strips * layout.blocks(); block++) {
                MemorySegment target = memory.asSlice(block / layout.blocks() * stripBytes + block % layout.blocks() * BYTES);
                RowCode.rotateCodes(layout, form.codes().asSlice((1 + block) * codeBytes()), form.scales().asSlice((1 + block) * scaleBytes()), GROUPS, target, 0);
                for (long at = behind; at < behind + BYTES; at += Short.BYTES) {
                    greatest = Math.max(greatest, target.get(ValueLayout.JAVA_SHORT, at));
                }
            }
            assertThat(greatest).isEqualTo(weights.greatest(layout.chains()));
            MemorySegment y = arena.allocate((long) Float.BYTES * rows.size() * stride, 64);
            for (int i = 0; i < rows.size() * stride; i++) {
                y.setAtIndex(ValueLayout.JAVA_FLOAT, i, -1);
            }
            MemorySegment code = ExecutableMemory.of(Int8Kernel.code(rowsOfTile, layout)).orElseThrow();
            ValueLayout number = ValueLayout.JAVA_LONG;
            MethodHandle call = Linker.nativeLinker()
                    .downcallHandle(code, FunctionDescriptor.ofVoid(number, number, number, number, number, number, number, number));
            call.invokeExact(inputs.address(1, 1 + rows.size()), inputs.rowBytes(), memory.address(), (long) rows.size() / rowsOfTile, y.address(),
                    (long) Float.BYTES * stride, (long) GROUPS, (long) strips);
            var result = new float[rows.size()][];
            Arrays.setAll(result, row -> y.asSlice((long) Float.BYTES * row * stride, (long) Float.BYTES * stride).toArray(ValueLayout.JAVA_FLOAT));
            return result;
        }
    }

    private static void put(List<Row> rows, Int8Inputs inputs) {
        inputs.shape(1 + rows.size(), INPUTS);
        MemorySegment memory = MemorySegment.ofAddress(inputs.address(0, inputs.rows())).reinterpret(inputs.rows() * inputs.rowBytes());
        memory.fill((byte) 90);
        long at = inputs.rowBytes();
        for (Row row : rows) {
            for (int group = 0; group < GROUPS; group++) {
                for (int i = 0; i < GROUP; i++) {
                    memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) (row.numbers()[group * GROUP + i] + Int8Inputs.OFFSET));
                }
                memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + Int8Inputs.STEP, row.steps()[group]);
                memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + Int8Inputs.SUM, row.sums()[group]);
                at += Int8Inputs.GROUP_BYTES;
            }
        }
    }

    /** Between two blocks that are not for the product. */
    private static PackedForm.Codes packed(Weights weights, Arena arena) {
        int blocks = 2 + weights.outputs() / LANES;
        MemorySegment codes = arena.allocate(blocks * codeBytes(), 64).fill((byte) 90);
        MemorySegment scales = arena.allocate(blocks * scaleBytes(), 64).fill((byte) 90);
        for (int output = 0; output < weights.outputs(); output++) {
            long block = 1 + output / LANES;
            long lane = (long) Float.BYTES * (output % LANES);
            for (int first = 0; first < INPUTS; first += BLOCK) {
                int word = 0;
                for (int i = first; i < first + BLOCK; i++) {
                    word = word << Int8Strip.FORMAT.bits() | weights.codes()[output][i] & (1 << Int8Strip.FORMAT.bits()) - 1;
                }
                codes.set(ValueLayout.JAVA_INT, block * codeBytes() + first / BLOCK * BYTES + lane, word);
            }
            for (int i = 0; i < 2 * GROUPS; i++) {
                scales.set(ValueLayout.JAVA_FLOAT, block * scaleBytes() + i * BYTES + lane, weights.scales()[output][i]);
            }
        }
        return new PackedForm.Codes(codes, scales, Int8Strip.FORMAT.bits(), Int8Strip.FORMAT.group());
    }

    /** Of a block. */
    private static long codeBytes() {
        return INPUTS / BLOCK * BYTES;
    }

    private static long scaleBytes() {
        return 2 * GROUPS * BYTES;
    }
}
