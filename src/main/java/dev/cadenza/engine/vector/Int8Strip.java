package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import dev.cadenza.engine.machine.ExecutableMemory;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Products of rows of {@link Int8Inputs} with a strip of outputs, whose codes are taken apart and rotated once for all of them, by {@link Int8Kernel}'s
 * machine code. Only where {@link #suits}. Room of one thread.
 */
final class Int8Strip {
    /** Of a strip. */
    static final int OUTPUTS = Int8Kernel.BLOCKS * LANES;
    /** What weights have to be. */
    static final PackedForm.Format FORMAT = new PackedForm.Format(4, Int8Inputs.GROUP);

    /** Found when it is first asked for: the compiler calls a constant without detours. The first argument is the code's address. */
    private static final class Function {
        static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(true));
        /** Per number of chains, less one, and number of rows, less one. Once per process. */
        static final List<MemorySegment[]> KERNELS = kernels();
    }

    private final Arena arena;
    private final int threads;
    private MemorySegment memory = MemorySegment.NULL;
    private int strips;
    private int chains;

    /**
     * @param arena   owns the room
     * @param threads that take runs of strips by turns
     */
    Int8Strip(Arena arena, int threads) {
        this.arena = arena;
        this.threads = threads;
    }

    /** Whether this processor and system run the code, which is for registers of eight lanes. */
    static boolean suits() {
        return BYTES == IntegerKernel.VECTOR_BYTES && IntegerProducts.find().isPresent();
    }

    /**
     * Has strips' weights ready, those of blocks {@code [from, to)} of the form.
     *
     * @param inputs of an output, a multiple of {@link Int8Inputs#GROUP}
     */
    void take(PackedForm.Codes form, int from, int to, int inputs) {
        strips = (to - from + Int8Kernel.BLOCKS - 1) / Int8Kernel.BLOCKS;
        chains = 1;
        if (!Int8Kernel.fits(rotate(form, from, to, inputs))) {
            chains = Int8Kernel.MOST_CHAINS;
            rotate(form, from, to, inputs);
        }
    }

    /** @return the greatest sum of absolute weights that a lane adds up in one chain */
    private int rotate(PackedForm.Codes form, int from, int to, int inputs) {
        int groups = inputs / Int8Inputs.GROUP;
        long behind = groups * (long) Int8Kernel.groupBytes(chains);
        long stripBytes = behind + Int8Kernel.BEHIND_STRIP;
        reserve(strips * stripBytes);
        long ahead = (long) threads * (to - from) * groups * 2 * BYTES;
        int greatest = 0;
        for (int i = 0; i < strips * Int8Kernel.BLOCKS; i++) {
            // Where there is an only block, the second is a copy.
            long block = Math.min(from + i, to - 1);
            long codes = block * inputs * FORMAT.bits() / Integer.SIZE * BYTES;
            long scales = block * groups * 2 * BYTES;
            MemorySegment target = memory.asSlice(i / Int8Kernel.BLOCKS * stripBytes + i % Int8Kernel.BLOCKS * BYTES);
            RowCode.rotateCodes(chains, form.codes().asSlice(codes), form.scales().asSlice(scales), groups, target, ahead);
            for (long at = behind; at < behind + BYTES; at += Short.BYTES) {
                greatest = Math.max(greatest, target.get(ValueLayout.JAVA_SHORT, at));
            }
        }
        return greatest;
    }

    private void reserve(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = arena.allocate(bytes, 64);
        }
    }

    /**
     * @param from of the rows of x
     * @param to   likewise
     * @param y    receives row {@code from + r}'s outputs, in whole strips, from float {@code yAt + r * stride} on
     */
    void multiply(Int8Inputs x, int from, int to, MemorySegment y, int yAt, int stride) {
        int whole = (to - from) / Int8Kernel.ROWS;
        int end = from + whole * Int8Kernel.ROWS;
        if (whole > 0) {
            multiplyTiles(x, from, end, Int8Kernel.ROWS, y, yAt, stride);
        }
        if (end < to) {
            multiplyTiles(x, end, to, to - end, y, yAt + (end - from) * stride, stride);
        }
    }

    private void multiplyTiles(Int8Inputs x, int from, int to, int rows, MemorySegment y, int yAt, int stride) {
        // Native code would not notice where it ends.
        MemorySegment target = y.asSlice((long) Float.BYTES * yAt, Float.BYTES * ((to - from - 1L) * stride + (long) strips * OUTPUTS));
        MemorySegment code = Function.KERNELS.get(chains - 1)[rows - 1];
        try {
            Function.CALL.invokeExact(code, x.address(from, to), x.rowBytes(), memory.address(), (long) (to - from) / rows, target, (long) Float.BYTES * stride,
                    (long) x.groups(), (long) strips);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<MemorySegment[]> kernels() {
        var code = new ByteArrayOutputStream();
        var starts = new ArrayList<Integer>();
        for (int chains = 1; chains <= Int8Kernel.MOST_CHAINS; chains++) {
            for (int rows = 1; rows <= Int8Kernel.ROWS; rows++) {
                starts.add(code.size());
                code.writeBytes(Int8Kernel.code(rows, chains));
            }
        }
        MemorySegment memory = ExecutableMemory.of(code.toByteArray()).orElseThrow();
        var kernels = new ArrayList<MemorySegment[]>();
        for (int first = 0; first < starts.size(); first += Int8Kernel.ROWS) {
            kernels.add(starts.subList(first, first + Int8Kernel.ROWS).stream().map(memory::asSlice).toArray(MemorySegment[]::new));
        }
        return kernels;
    }
}
