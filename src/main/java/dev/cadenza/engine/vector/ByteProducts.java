package dev.cadenza.engine.vector;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.Set;

/** Exact products of matrices of bytes by {@link Brgemm}. Any thread. */
final class ByteProducts {
    private static final String TYPES = "PKhPKaPi";
    /** Without it the function ends the process. */
    private static final Set<String> CAPABILITY = Set.of("avx512_vnni");

    /** Found when it is first asked for: the compiler calls a constant without detours, which take as long as the smallest products. */
    private static final class Function {
        static final MethodHandle BRGEMM = Brgemm.find(TYPES, ValueLayout.JAVA_LONG).orElse(null);
    }

    private ByteProducts() {
    }

    /** Nothing where the processor does not multiply four bytes at a time, or {@link Brgemm} finds none. */
    static Optional<ByteProducts> find() {
        return CodeKernel.LANES == RotatedInputs.BLOCK && Processor.has(CAPABILITY) && Function.BRGEMM != null ? Optional.of(new ByteProducts()) : Optional.empty();
    }

    /**
     * c = a . b. Nothing sees to it that matrices end where their memory does.
     *
     * @param inputs a multiple of 4
     * @param a      address of unsigned [rows, inputs], {@code aStride} bytes from row to row
     * @param b      address of signed [inputs / 4, outputs, 4]
     * @param c      address of int [rows, outputs]
     */
    void multiply(int rows, int outputs, int inputs, long a, long aStride, long b, long c) {
        try {
            Function.BRGEMM.invokeExact((long) rows, (long) outputs, (long) inputs, aStride, (long) outputs, (long) outputs, false, a, b, c, true);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
