package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.ExecutableMemory;
import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * In integers of sixteen bits, which machine code multiplies twice as fast as floats: queries, keys and values with a step each, weights with one per
 * row and block ({@link Int16ProductKernel}, {@link AttentionWeightKernel}). Sums of products are exact within a block. Only where {@link #suits}.
 *
 * <p>A block has, in bytes: of each pair of dimensions the keys' pairs; of each pair of keys, in the order of their weights, the dimensions' pairs; then
 * the weight kernel's numbers.
 */
final class Int16Attention implements BlockAttention {
    private static final int SUM_BITS = 31;
    /** With the greatest weights the products of a block's values add up to 2^31 - 131,072 at most. */
    private static final int LARGEST_VALUE = 2_048;
    private static final int PAIR = Integer.BYTES;
    /** Logarithm of the sixteens of columns of a step with dot products. */
    private static final int MOST_STEPS = 2;
    private static final float LOG2_E = 1.44269504f;
    /** Bytes of the rows' numbers, which stand before the weights. */
    private static final long ROW_NUMBERS = (long) ROWS * Int16ProductKernel.ROW_FACTORS;
    private static final int LANES = IntegerKernel.VECTOR_BYTES / Float.BYTES;

    /** Found when it is first asked for: the compiler calls a constant without detours. The first argument is the code's address. */
    private static final class Function {
        static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(false));
    }

    /** Written when they are first asked for, once per process: per number of rows, less one. */
    private static final class Pairs {
        static final Map<Int16ProductKernel.Ending, MemorySegment[]> KERNELS = kernels(Int16ProductKernel::code);
    }

    /** Likewise, by the logarithm of the steps' sixteens of columns. */
    private static final class DotProducts {
        static final List<Map<Int16ProductKernel.Ending, MemorySegment[]>> KERNELS = IntStream.rangeClosed(0, MOST_STEPS)
                .mapToObj(steps -> kernels((rows, ending) -> Int16ProductKernel.dotProductCode(rows, ending, Int16ProductKernel.COLUMNS << steps))).toList();
    }

    private final boolean dotProducts;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment rowsAndWeights = arena.allocate(ROW_NUMBERS + (long) ROWS * BLOCK * Short.BYTES, 64);
    private final MemorySegment scores = arena.allocate((long) ROWS * BLOCK * Float.BYTES, 64);
    private final MemorySegment valueConstants = arena.allocateFrom(ValueLayout.JAVA_FLOAT, RoundingKernel.constants(LARGEST_VALUE));
    private int headDim;
    private MemorySegment keyConstants;
    /** Rows' integers, each followed by its step. */
    private MemorySegment queries;
    /** [rows, headDim]. */
    private MemorySegment mixed;
    /** [slots, headDim / 2 + 1]: pairs, then the step's bits. */
    private int[] rounded;
    private int[] panel;
    private final float[] numbers = new float[AttentionWeightKernel.NUMBERS];
    private final float[] rowNumbers = new float[(int) ROW_NUMBERS / Float.BYTES];
    private float[] outputs;

    /** @param dotProducts whether {@link Int16DotKernel} multiplies; the bits are the same */
    Int16Attention(boolean dotProducts) {
        this.dotProducts = dotProducts;
    }

    /** Whether this processor and system run the code, and the head is one that it multiplies. */
    static boolean suits(int headDim) {
        return Int8Strip.suits() && headDim % Int16ProductKernel.COLUMNS == 0;
    }

    @Override
    public long blockFloats(int dim) {
        return (long) BLOCK * dim + AttentionWeightKernel.NUMBERS;
    }

    private void shape(int dim) {
        if (dim != headDim) {
            headDim = dim;
            int largest = Math.min(Short.MAX_VALUE, (int) Math.sqrt((1L << SUM_BITS) / dim - 1));
            keyConstants = arena.allocateFrom(ValueLayout.JAVA_FLOAT, RoundingKernel.constants(largest));
            queries = arena.allocate(ROWS * rowBytes(), 64);
            mixed = arena.allocate((long) ROWS * dim * Float.BYTES, 64);
            rounded = new int[BLOCK * (dim / 2 + 1)];
            panel = new int[BLOCK / 2 * dim];
            outputs = new float[ROWS * dim];
        }
    }

    /** Of a row of queries, keys or values, and its step. */
    private long rowBytes() {
        return (long) headDim * Short.BYTES + Float.BYTES;
    }

    @Override
    public void prepare(MemorySegment layer, long keys, long values, int count, int dim, MemorySegment target, long to) {
        shape(dim);
        long at = to * Float.BYTES;
        long panelBytes = (long) panel.length * PAIR;
        round(layer, keys, count, keyConstants);
        turnKeys();
        MemorySegment.copy(panel, 0, target, ValueLayout.JAVA_INT, at, panel.length);
        Arrays.fill(numbers, 0);
        for (int key = 0; key < count; key++) {
            numbers[key] = step(key);
        }
        round(layer, values, count, valueConstants);
        turnValues();
        MemorySegment.copy(panel, 0, target, ValueLayout.JAVA_INT, at + panelBytes, panel.length);
        for (int key = 0; key < count; key++) {
            numbers[AttentionWeightKernel.STEPS + key] = step(key);
        }
        ofTheKeysSeen();
        MemorySegment.copy(numbers, 0, target, ValueLayout.JAVA_FLOAT, at + 2 * panelBytes, numbers.length);
    }

    /** A row's weights have a step by the greatest of the values' that it sees: the others do not exist for it. */
    private void ofTheKeysSeen() {
        float greatest = 0;
        for (int last = -AttentionWeightKernel.BEFORE; last < 2 * BLOCK; last++) {
            if (last >= 0 && last < BLOCK) {
                greatest = Math.max(greatest, numbers[AttentionWeightKernel.STEPS + last]);
            }
            int at = AttentionWeightKernel.BEFORE + last;
            numbers[AttentionWeightKernel.INVERSES + at] = greatest < Float.MIN_NORMAL ? 0 : AttentionWeightKernel.LARGEST / greatest;
            numbers[AttentionWeightKernel.FACTORS + at] = greatest / AttentionWeightKernel.LARGEST;
        }
        for (int key = 0; key < BLOCK; key++) {
            // Spoils those that see it by their factor. For the others it is multiplied with zero, which would be no number either.
            if (!Float.isFinite(numbers[AttentionWeightKernel.STEPS + key])) {
                numbers[AttentionWeightKernel.STEPS + key] = 0;
            }
        }
    }

    private void round(MemorySegment layer, long from, int count, MemorySegment constants) {
        int width = headDim / 2 + 1;
        MemorySegment all = MemorySegment.ofArray(rounded);
        long rowBytes = (long) headDim * Float.BYTES;
        for (int slot = 0; slot < count; slot++) {
            RowCode.roundToInt16(layer.asSlice(from + slot * rowBytes, rowBytes), headDim, all.asSlice((long) slot * width * PAIR, (long) width * PAIR), constants);
        }
        Arrays.fill(rounded, count * width, rounded.length, 0);
    }

    private float step(int slot) {
        return Float.intBitsToFloat(rounded[(slot + 1) * (headDim / 2 + 1) - 1]);
    }

    private void turnKeys() {
        int width = headDim / 2 + 1;
        for (int pair = 0; pair < headDim / 2; pair++) {
            for (int key = 0; key < BLOCK; key++) {
                panel[pair * BLOCK + key] = rounded[key * width + pair];
            }
        }
    }

    private void turnValues() {
        int width = headDim / 2 + 1;
        for (int pair = 0; pair < BLOCK / 2; pair++) {
            int place = 2 * pair;
            int from = (place / 16 * 16 + AttentionWeightKernel.placeOf(place % 16)) * width;
            for (int i = 0; i < headDim / 2; i++) {
                int first = rounded[from + i];
                int second = rounded[from + width + i];
                panel[pair * headDim + 2 * i] = first & 0xFFFF | second << Short.SIZE;
                panel[pair * headDim + 2 * i + 1] = first >>> Short.SIZE | second & 0xFFFF0000;
            }
        }
    }

    @Override
    public void attend(float[] from, int queriesAt, int queryStride, int dim, float scale, MemorySegment blocks, long blocksAt, Matrix values,
            int slots, int first, int rows, float[] target, int targetAt, int targetStride) {
        shape(dim);
        mixed.fill((byte) 0);
        MemorySegment all = MemorySegment.ofArray(from);
        for (int row = 0; row < rows; row++) {
            MemorySegment query = queries.asSlice(row * rowBytes(), rowBytes());
            RowCode.roundToInt16(all.asSlice((long) Float.BYTES * (queriesAt + row * queryStride), (long) Float.BYTES * dim), dim, query, keyConstants);
            begin(row, query.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) dim * Short.BYTES) * scale * LOG2_E);
        }
        int count = rows * Int16ProductKernel.ROW_FACTORS / Float.BYTES;
        MemorySegment.copy(rowNumbers, 0, rowsAndWeights, ValueLayout.JAVA_FLOAT, numbers(0, rows), count);
        long blockBytes = blockFloats(dim) * Float.BYTES;
        for (int key = 0; key < first + rows; key += BLOCK) {
            block(blocks.asSlice(blocksAt * Float.BYTES + key / BLOCK * blockBytes, blockBytes), first - key, rows);
        }
        MemorySegment.copy(rowsAndWeights, ValueLayout.JAVA_FLOAT, numbers(0, rows), rowNumbers, 0, count);
        MemorySegment.copy(mixed, ValueLayout.JAVA_FLOAT, 0, outputs, 0, rows * dim);
        for (int row = 0; row < rows; row++) {
            end(row, target, targetAt + row * targetStride);
        }
    }

    /** Byte of a row's numbers; the last row's stand right before the weights. */
    private static long numbers(int row, int rows) {
        return ROW_NUMBERS - (long) (rows - row) * Int16ProductKernel.ROW_FACTORS;
    }

    private void begin(int row, float factor) {
        int at = row * Int16ProductKernel.ROW_FACTORS / Float.BYTES;
        rowNumbers[at + Int16ProductKernel.SCALE / Float.BYTES] = factor;
        rowNumbers[at + AttentionWeightKernel.GREATEST / Float.BYTES] = Float.NEGATIVE_INFINITY;
        Arrays.fill(rowNumbers, at + AttentionWeightKernel.SUMS / Float.BYTES, at + AttentionWeightKernel.SUMS / Float.BYTES + LANES, 0);
    }

    /** @param last of the block's keys that the first row sees; may lie behind it, or before */
    private void block(MemorySegment block, int last, int rows) {
        boolean hides = last + 1 < BLOCK;
        if (hides) {
            rowsAndWeights.set(ValueLayout.JAVA_LONG, numbers(0, rows) + AttentionWeightKernel.LAST_SEEN, last);
            rowsAndWeights.set(ValueLayout.JAVA_LONG, numbers(0, rows) + AttentionWeightKernel.NOT_SEEN, BLOCK - 1 - last);
        }
        MemorySegment blockNumbers = block.asSlice(2L * panel.length * PAIR);
        multiply(Int16ProductKernel.Ending.SCALED, block, blockNumbers, last, rows);
        RowCode.weigh(hides, scores, rowsAndWeights.asSlice(ROW_NUMBERS), rows, blockNumbers);
        multiply(Int16ProductKernel.Ending.ADDED, block, blockNumbers, last, rows);
    }

    /** Scores, or what values become of weights, tile by tile with the keys that its rows see; together where they see all. */
    private void multiply(Int16ProductKernel.Ending ending, MemorySegment block, MemorySegment blockNumbers, int last, int rows) {
        int tiles;
        int tile;
        for (int first = 0; first < rows; first += tiles * tile) {
            tile = Math.min(Int16ProductKernel.ROWS, rows - first);
            int seen = Math.min(BLOCK, last + first + tile);
            tiles = seen == BLOCK ? (rows - first) / tile : 1;
            if (seen > 0) {
                int keys = (seen + Int16ProductKernel.COLUMNS - 1) / Int16ProductKernel.COLUMNS * Int16ProductKernel.COLUMNS;
                // One step of more columns takes less time than several, though nobody sees the last of them.
                int scored = dotProducts ? Integer.highestOneBit(2 * keys - 1) : keys;
                if (ending == Int16ProductKernel.Ending.SCALED) {
                    tiles(ending, first, tiles, tile, rows, queries.address(), rowBytes(), block.address(), headDim, scored, scores, BLOCK, blockNumbers);
                } else {
                    tiles(ending, first, tiles, tile, rows, rowsAndWeights.address() + ROW_NUMBERS, (long) BLOCK * Short.BYTES,
                            block.address() + (long) panel.length * PAIR, keys, headDim, mixed, headDim, blockNumbers);
                }
            }
        }
    }

    private void tiles(Int16ProductKernel.Ending ending, int first, int tiles, int tile, int rows, long a, long aBytes, long b, int inputs, int columns,
            MemorySegment out, int width, MemorySegment scales) {
        long widthBytes = (long) width * PAIR;
        int steps = dotProducts ? Math.min(MOST_STEPS, Integer.numberOfTrailingZeros(columns / Int16ProductKernel.COLUMNS)) : 0;
        MemorySegment[] kernels = (dotProducts ? DotProducts.KERNELS.get(steps) : Pairs.KERNELS).get(ending);
        try {
            Function.CALL.invokeExact(kernels[tile - 1], a + first * aBytes, aBytes, b, (long) tiles, out.address() + first * widthBytes,
                    widthBytes, inputs / 4L, (long) columns / Int16ProductKernel.COLUMNS >> steps, rowsAndWeights.address() + numbers(first, rows), scales.address(),
                    widthBytes);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private void end(int row, float[] target, int at) {
        int sums = (row * Int16ProductKernel.ROW_FACTORS + AttentionWeightKernel.SUMS) / Float.BYTES;
        float sum = 0;
        for (int lane = 0; lane < LANES; lane++) {
            sum += rowNumbers[sums + lane];
        }
        float factor = 1 / sum;
        for (int i = 0; i < headDim; i++) {
            target[at + i] = outputs[row * headDim + i] * factor;
        }
    }

    private static Map<Int16ProductKernel.Ending, MemorySegment[]> kernels(BiFunction<Integer, Int16ProductKernel.Ending, byte[]> codeOf) {
        var kernels = new EnumMap<Int16ProductKernel.Ending, MemorySegment[]>(Int16ProductKernel.Ending.class);
        for (Int16ProductKernel.Ending ending : Int16ProductKernel.Ending.values()) {
            var code = new ByteArrayOutputStream();
            var starts = new ArrayList<Integer>();
            for (int rows = 1; rows <= Int16ProductKernel.ROWS; rows++) {
                starts.add(code.size());
                code.writeBytes(codeOf.apply(rows, ending));
            }
            MemorySegment memory = ExecutableMemory.of(code.toByteArray()).orElseThrow();
            kernels.put(ending, starts.stream().map(memory::asSlice).toArray(MemorySegment[]::new));
        }
        return kernels;
    }

    @Override
    public void close() {
        arena.close();
    }
}
