package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.ExecutableMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Calls {@link RoundingKernel}'s machine code. Only where {@link IntegerProducts} are found; any thread. */
final class InputRounding {
    private static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(true));
    private static final MemorySegment CONSTANTS = Arena.global().allocateFrom(ValueLayout.JAVA_FLOAT, RoundingKernel.constants());
    /** Once per process, as is {@link IntegerKernel}'s. */
    private static final Map<PackedForm.Format, MemorySegment> CODE = new ConcurrentHashMap<>();

    private InputRounding() {
    }

    /** @param target the address of the row, with room for {@link IntegerInputs#rowBytes} */
    static void round(PackedForm.Format format, float[] source, int at, int count, long target) {
        MemorySegment code = CODE.computeIfAbsent(format, some -> ExecutableMemory.of(RoundingKernel.code(some)).orElseThrow());
        // Native code would not notice where the array ends.
        MemorySegment inputs = MemorySegment.ofArray(source).asSlice((long) Float.BYTES * at, (long) Float.BYTES * count);
        try {
            CALL.invokeExact(code, inputs, target, (long) count / format.group(), CONSTANTS.address());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
