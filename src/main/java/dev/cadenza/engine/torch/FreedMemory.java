package dev.cadenza.engine.torch;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Memory that was freed but that the C library has kept. */
final class FreedMemory {
    private FreedMemory() {
    }

    /** Gives it back to the system, where the library knows how (glibc): packing weights leaves holes of many megabytes. */
    static void giveBack() {
        Linker linker = Linker.nativeLinker();
        linker.defaultLookup().find("malloc_trim").ifPresent(trim -> call(linker, trim));
    }

    private static void call(Linker linker, MemorySegment trim) {
        try {
            int _ = (int) linker.downcallHandle(trim, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)).invokeExact(0L);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
