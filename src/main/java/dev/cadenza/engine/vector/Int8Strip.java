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
import java.util.EnumMap;
import java.util.Map;

/**
 * Products of rows of {@link Int8Inputs} with a strip of outputs, whose codes are taken apart and rotated once for all of them, by {@link Int8Kernel}'s
 * machine code. Only where {@link #suits}. Room of one thread.
 */
final class Int8Strip {
    /** What weights have to be. */
    static final PackedForm.Format FORMAT = new PackedForm.Format(4, Int8Inputs.GROUP);

    /** Found when it is first asked for: the compiler calls a constant without detours. The first argument is the code's address. */
    private static final class Function {
        static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(true));
    }

    /** Written when they are first asked for, once per process: per number of rows, less one. */
    private static final class Words {
        static final Map<Int8Layout, MemorySegment[]> KERNELS = kernels(Int8Layout.WORDS, Int8Layout.HALVES);
    }

    private static final class DotProducts {
        static final Map<Int8Layout, MemorySegment[]> KERNELS = kernels(Int8Layout.DOUBLE_WORDS);
    }

    private final Arena arena;
    private final int threads;
    private final boolean dotProducts;
    private MemorySegment memory = MemorySegment.NULL;
    private int strips;
    private Int8Layout layout;

    /**
     * @param arena       owns the room
     * @param threads     that take runs of strips by turns
     * @param dotProducts whether {@link Int8DotKernel} multiplies; the bits are the same
     */
    Int8Strip(Arena arena, int threads, boolean dotProducts) {
        this.arena = arena;
        this.threads = threads;
        this.dotProducts = dotProducts;
        layout = dotProducts ? Int8Layout.DOUBLE_WORDS : Int8Layout.WORDS;
    }

    /** Of a strip. */
    int outputs() {
        return layout.blocks() * LANES;
    }

    /** Whether this processor and system run the code. */
    static boolean suits() {
        return IntegerProducts.find().isPresent();
    }

    /**
     * Has strips' weights ready, those of blocks {@code [from, to)} of the form.
     *
     * @param inputs of an output, a multiple of {@link Int8Inputs#GROUP}
     */
    void take(PackedForm.Codes form, int from, int to, int inputs) {
        layout = dotProducts ? Int8Layout.DOUBLE_WORDS : Int8Layout.WORDS;
        strips = (to - from + layout.blocks() - 1) / layout.blocks();
        rotate(form, from, to, inputs);
        if (layout.words() && !Int8Layout.fits(greatest(inputs / Int8Inputs.GROUP))) {
            layout = Int8Layout.HALVES;
            rotate(form, from, to, inputs);
        }
    }

    private void rotate(PackedForm.Codes form, int from, int to, int inputs) {
        int groups = inputs / Int8Inputs.GROUP;
        long stripBytes = layout.stripBytes(groups);
        reserve(strips * stripBytes);
        long ahead = (long) threads * (to - from) * groups * 2 * BYTES;
        for (int i = 0; i < strips * layout.blocks(); i++) {
            // Where blocks end within a strip, the others are copies of the last.
            long block = Math.min(from + i, to - 1);
            long codes = block * inputs * FORMAT.bits() / Integer.SIZE * BYTES;
            long scales = block * groups * 2 * BYTES;
            MemorySegment target = memory.asSlice(i / layout.blocks() * stripBytes + i % layout.blocks() * BYTES);
            RowCode.rotateCodes(layout, form.codes().asSlice(codes), form.scales().asSlice(scales), groups, target, ahead);
        }
    }

    /** @return the greatest sum of absolute weights that a word adds up in one chain */
    private int greatest(int groups) {
        int greatest = 0;
        for (int strip = 1; strip <= strips; strip++) {
            for (int i = layout.bytesBehind(); i > 0; i -= Short.BYTES) {
                greatest = Math.max(greatest, memory.get(ValueLayout.JAVA_SHORT, strip * layout.stripBytes(groups) - i));
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
        int rows = Int8Kernel.rows(layout);
        int end = from + (to - from) / rows * rows;
        if (end > from) {
            multiplyTiles(x, from, end, rows, y, yAt, stride);
        }
        if (end < to) {
            multiplyTiles(x, end, to, to - end, y, yAt + (end - from) * stride, stride);
        }
    }

    private void multiplyTiles(Int8Inputs x, int from, int to, int rows, MemorySegment y, int yAt, int stride) {
        // Native code would not notice where it ends.
        MemorySegment target = y.asSlice((long) Float.BYTES * yAt, Float.BYTES * ((to - from - 1L) * stride + (long) strips * outputs()));
        MemorySegment code = (layout.words() ? Words.KERNELS : DotProducts.KERNELS).get(layout)[rows - 1];
        try {
            Function.CALL.invokeExact(code, x.address(from, to), x.rowBytes(), memory.address(), (long) (to - from) / rows, target, (long) Float.BYTES * stride,
                    (long) x.groups(), (long) strips);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<Int8Layout, MemorySegment[]> kernels(Int8Layout... layouts) {
        var kernels = new EnumMap<Int8Layout, MemorySegment[]>(Int8Layout.class);
        for (Int8Layout layout : layouts) {
            var code = new ByteArrayOutputStream();
            var starts = new ArrayList<Integer>();
            for (int rows = 1; rows <= Int8Kernel.rows(layout); rows++) {
                starts.add(code.size());
                code.writeBytes(Int8Kernel.code(rows, layout));
            }
            MemorySegment memory = ExecutableMemory.of(code.toByteArray()).orElseThrow();
            kernels.put(layout, starts.stream().map(memory::asSlice).toArray(MemorySegment[]::new));
        }
        return kernels;
    }
}
