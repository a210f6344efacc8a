package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Products of float32 matrices by the kernels that oneDNN generates, inside libtorch, for the processor at hand. An output sums a call's products one
 * behind the other in the order of inputs: its bits do not depend on the rows and outputs beside it, and inputs of zero at the end change nothing. Any
 * thread; each generates its own kernels, one per shape, which takes it some tenths of a millisecond the first time.
 */
final class FloatProducts {
    private static final String LIBRARY = "libtorch_cpu.so";
    /** at::native::cpublas::brgemm(M, N, K, lda, ldb, ldc, add, const float* a, const float* b, float* c, packed). */
    private static final String FUNCTION = "_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb";
    /** The function needs AVX2, which {@link VectorDecoder#suits} has seen to, on this architecture. */
    private static final String ARCHITECTURE = "amd64";
    /** These make oneDNN believe in a lesser processor, and then the function may end the process. */
    private static final String[] LIMITS = {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"};
    /** Rows of a call: the fewer shapes, the fewer kernels. */
    private static final int ROWS = 64;

    private final MethodHandle brgemm;

    private FloatProducts(MethodHandle brgemm) {
        this.brgemm = brgemm;
    }

    /** Nothing where the processor or the library, which must have been loaded, is another. */
    static Optional<FloatProducts> find() {
        if (!System.getProperty("os.arch").equals(ARCHITECTURE) || Stream.of(LIMITS).anyMatch(limit -> System.getenv(limit) != null)) {
            return Optional.empty();
        }
        try {
            var size = ValueLayout.JAVA_LONG;
            var flag = ValueLayout.JAVA_BOOLEAN;
            var address = ValueLayout.ADDRESS;
            // Critical, so that it takes arrays as they are. A call takes a tenth of a millisecond at most.
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global()).find(FUNCTION).map(function -> new FloatProducts(Linker.nativeLinker()
                    .downcallHandle(function, FunctionDescriptor.ofVoid(size, size, size, size, size, size, flag, address, address, address, flag),
                            Linker.Option.critical(true))));
        } catch (IllegalArgumentException notLoaded) {
            return Optional.empty();
        }
    }

    /** A matrix of floats, on the heap or not: row r from element {@code r * stride} of the memory on. */
    record Matrix(MemorySegment memory, int stride) {

        static Matrix of(float[] values, int at, int stride) {
            return of(MemorySegment.ofArray(values), at, stride);
        }

        static Matrix of(MemorySegment memory, long at, int stride) {
            return new Matrix(memory.asSlice(Float.BYTES * at), stride);
        }

        /** Native code would not notice where the memory ends. */
        private MemorySegment rows(int from, int count, int columns) {
            return memory.asSlice((long) Float.BYTES * from * stride, Float.BYTES * ((count - 1L) * stride + columns));
        }
    }

    /**
     * c = a . b, or c + (a . b).
     *
     * @param a [rows, inputs]
     * @param b [inputs, outputs]; quickest where rows are aligned to 64 bytes
     * @param c [rows, outputs]
     * @throws IndexOutOfBoundsException a matrix is smaller than that
     */
    void multiply(int rows, int outputs, int inputs, Matrix a, Matrix b, Matrix c, boolean add) {
        int count;
        for (int row = 0; row < rows; row += count) {
            count = Math.min(ROWS, Integer.highestOneBit(rows - row));
            try {
                brgemm.invokeExact((long) count, (long) outputs, (long) inputs, (long) a.stride, (long) b.stride, (long) c.stride, add,
                        a.rows(row, count, inputs), b.rows(0, inputs, outputs), c.rows(row, count, outputs), false);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
