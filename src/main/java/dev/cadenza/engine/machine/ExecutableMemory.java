package dev.cadenza.engine.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Machine code in memory of its own, which nobody can write to any more: as long as the process lives. Linux on x86-64. */
public final class ExecutableMemory {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final long FAILED = -1;

    private ExecutableMemory() {
    }

    /** Nothing where the system is another, or refuses. */
    public static Optional<MemorySegment> of(byte[] code) {
        if (!System.getProperty("os.arch").equals("amd64") || !System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        try {
            var address = ValueLayout.JAVA_LONG;
            var number = ValueLayout.JAVA_INT;
            MethodHandle map = function("mmap", FunctionDescriptor.of(address, address, address, number, number, number, address));
            MethodHandle protect = function("mprotect", FunctionDescriptor.of(number, address, address, number));
            long at = (long) map.invokeExact(0L, (long) code.length, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (at == FAILED) {
                return Optional.empty();
            }
            MemorySegment memory = MemorySegment.ofAddress(at).reinterpret(code.length, Arena.global(), null);
            memory.copyFrom(MemorySegment.ofArray(code));
            return (int) protect.invokeExact(at, (long) code.length, READ | EXECUTE) == 0 ? Optional.of(memory) : Optional.empty();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }
}
