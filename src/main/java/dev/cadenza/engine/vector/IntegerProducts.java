package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import dev.cadenza.engine.machine.ExecutableMemory;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Products of {@link IntegerInputs} with weights that are codes, by {@link IntegerKernel}'s machine code, written on first use of a format. Any thread.
 */
final class IntegerProducts {
    /** Blocks whose weights stay in the nearest cache while several tiles of rows pass. */
    private static final int CACHED_BLOCKS = 8;
    private static final Set<String> CAPABILITIES = Set.of("avx2", "fma");

    /** Found when it is first asked for: the compiler calls a constant without detours. The first argument is the code's address. */
    private static final class Function {
        static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                Linker.Option.critical(true));
    }

    /** Code per format and number of rows, less one. */
    private final Map<PackedForm.Format, MemorySegment[]> kernels = new ConcurrentHashMap<>();

    private IntegerProducts() {
    }

    /** Nothing where the processor or the system does not run such code. */
    static Optional<IntegerProducts> find() {
        return Found.PRODUCTS;
    }

    /** Once per process, as is the code. */
    private static final class Found {
        static final Optional<IntegerProducts> PRODUCTS = look();
    }

    private static Optional<IntegerProducts> look() {
        return Processor.has(CAPABILITIES) && ExecutableMemory.of(IntegerKernel.code(new PackedForm.Format(4, 32), 1, false)).isPresent()
                ? Optional.of(new IntegerProducts()) : Optional.empty();
    }

    boolean multiplies(PackedForm.Format format) {
        return format.bits() < Float.SIZE && format.group() % (2 * LANES) == 0;
    }

    /**
     * y = x . weights for blocks [from, to) of the weight's outputs.
     *
     * @param outputs of the weight; the last block may have fewer than lanes
     * @param y       receives row r's from {@code yAt + r * stride} on
     */
    void multiply(PackedForm.Codes form, int from, int to, int outputs, IntegerInputs x, float[] y, int yAt, int stride) {
        MemorySegment[] found = kernels.computeIfAbsent(form.format(), this::write);
        int whole = Math.min(to, outputs / LANES);
        int step = x.rows() > IntegerKernel.MOST_ROWS ? CACHED_BLOCKS : Math.max(1, whole - from);
        for (int block = from; block < whole; block += step) {
            multiply(found, form, block, Math.min(whole, block + step), x, y, yAt + block * LANES, stride);
        }
        if (whole < to) {
            float[] last = new float[x.rows() * LANES];
            multiply(found, form, whole, to, x, last, 0, LANES);
            for (int row = 0; row < x.rows(); row++) {
                System.arraycopy(last, row * LANES, y, yAt + row * stride + whole * LANES, outputs - whole * LANES);
            }
        }
    }

    private static void multiply(MemorySegment[] found, PackedForm.Codes form, int from, int to, IntegerInputs x, float[] y, int yAt, int stride) {
        PackedForm.Format format = form.format();
        long groups = x.width() / form.group();
        long codes = form.codes().asSlice(from * groups * form.group() * form.bits() / Integer.SIZE * BYTES).address();
        long scales = form.scales().asSlice(from * groups * 2 * BYTES).address();
        long firstRow = x.address(format);
        long rowBytes = x.rowBytes(format);
        int tiles = (x.rows() + IntegerKernel.MOST_ROWS - 1) / IntegerKernel.MOST_ROWS;
        for (int tile = 0; tile < tiles; tile++) {
            int first = (int) ((long) x.rows() * tile / tiles);
            int rows = (int) ((long) x.rows() * (tile + 1) / tiles) - first;
            int at = yAt + first * stride;
            // Native code would not notice where the array ends.
            MemorySegment target = MemorySegment.ofArray(y).asSlice((long) Float.BYTES * at, Float.BYTES * ((rows - 1L) * stride + (to - from) * LANES));
            try {
                Function.CALL.invokeExact(found[rows - 1], firstRow + first * rowBytes, rowBytes, codes, scales,
                        target, (long) Float.BYTES * stride, groups, (long) (to - from));
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private MemorySegment[] write(PackedForm.Format format) {
        var code = new ByteArrayOutputStream();
        var starts = new int[IntegerKernel.MOST_ROWS];
        for (int rows = 1; rows <= starts.length; rows++) {
            starts[rows - 1] = code.size();
            code.writeBytes(IntegerKernel.code(format, rows, Processor.hasDotProducts()));
        }
        MemorySegment memory = ExecutableMemory.of(code.toByteArray()).orElseThrow();
        return IntStream.of(starts).mapToObj(memory::asSlice).toArray(MemorySegment[]::new);
    }
}
