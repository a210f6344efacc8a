package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where libtorch has small products of matrices, by kernels that oneDNN generates for the processor at hand:
 * at::native::cpublas::brgemm(M, N, K, lda, ldb, ldc, add, a, b, c, packed). Any thread may call; each generates its own kernels, one per shape, which
 * takes it some tenths of a millisecond the first time.
 */
final class Brgemm {
    private static final String LIBRARY = "libtorch_cpu.so";
    /** The functions need AVX2, which {@link VectorDecoder#suits} has seen to, on this architecture. */
    private static final String ARCHITECTURE = "amd64";
    /** These make oneDNN believe in a lesser processor, and then the function may end the process. */
    private static final String[] LIMITS = {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"};

    private Brgemm() {
    }

    /**
     * Nothing where the processor or the library, which must have been loaded, is another.
     *
     * @param types  of the three pointers, as the compiler writes them into the function's name
     * @param matrix how a call passes a pointer
     */
    static Optional<MethodHandle> find(String types, MemoryLayout matrix) {
        if (!System.getProperty("os.arch").equals(ARCHITECTURE) || Stream.of(LIMITS).anyMatch(limit -> System.getenv(limit) != null)) {
            return Optional.empty();
        }
        try {
            var size = ValueLayout.JAVA_LONG;
            var flag = ValueLayout.JAVA_BOOLEAN;
            // Critical, so that it takes arrays as they are. A call takes a tenth of a millisecond at most.
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global()).find("_ZN2at6native7cpublas6brgemmEllllllb" + types + "b")
                    .map(function -> Linker.nativeLinker().downcallHandle(function,
                            FunctionDescriptor.ofVoid(size, size, size, size, size, size, flag, matrix, matrix, matrix, flag), Linker.Option.critical(true)));
        } catch (IllegalArgumentException notLoaded) {
            return Optional.empty();
        }
    }
}
