package dev.cadenza.engine.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Native memory of zeros that the system does not give before it is written to; what an arena allocates is written to at once, which takes a second per
 * gigabyte and a half. Any thread; it must not be used once it is closed, which nothing checks.
 */
public final class UntouchedMemory implements AutoCloseable {
    /** Of the segment: a line of the caches. */
    public static final int ALIGNMENT = 64;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle ALLOCATE = function("calloc", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

    private final MemorySegment segment;
    private long address;

    /** @throws OutOfMemoryError the system has not so many bytes to give */
    public UntouchedMemory(long bytes) {
        address = allocate(bytes + ALIGNMENT);
        if (address == 0) {
            throw new OutOfMemoryError("no %d bytes of native memory".formatted(bytes));
        }
        segment = MemorySegment.ofAddress(address + (-address & ALIGNMENT - 1)).reinterpret(bytes);
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
    }

    private static long allocate(long bytes) {
        try {
            return (long) ALLOCATE.invokeExact(bytes, 1L);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Of no arena: kernels would ask it at each access whether it is still open. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public synchronized void close() {
        try {
            FREE.invokeExact(address);
            address = 0;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
