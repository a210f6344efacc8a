package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.ExecutableMemory;
import dev.cadenza.engine.machine.GeneralRegister;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Calls the machine code for single rows and blocks, that of {@link RoundingKernel}, {@link Int8RoundingKernel}, {@link Int8StripKernel},
 * {@link GateKernel} and {@link LogitKernel}: it needs no compiling when a start is waited for. Only where
 * {@link IntegerProducts} are found; any thread.
 *
 * <p>All of it has the form void function(source, target, count, distance, constants, ahead), by the System V convention: in these registers.
 */
final class RowCode {
    static final GeneralRegister SOURCE = GeneralRegister.RDI;
    static final GeneralRegister TARGET = GeneralRegister.RSI;
    static final GeneralRegister COUNT = GeneralRegister.RDX;
    /** Bytes. */
    static final GeneralRegister DISTANCE = GeneralRegister.RCX;
    static final GeneralRegister CONSTANTS = GeneralRegister.R8;
    /** Bytes from what is read to what will be; most functions do not ask. */
    static final GeneralRegister AHEAD = GeneralRegister.R9;

    private static final int LANES = IntegerKernel.VECTOR_BYTES / Float.BYTES;
    private static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.ADDRESS,
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(true));
    private static final MemorySegment ROUNDING_CONSTANTS = Arena.global().allocateFrom(ValueLayout.JAVA_FLOAT, RoundingKernel.constants());
    private static final MemorySegment EXPONENTIAL_CONSTANTS = Arena.global().allocateFrom(ValueLayout.JAVA_FLOAT, ExponentialCode.constants());
    private static final MemorySegment ROTATING_CONSTANTS = Arena.global().allocateFrom(ValueLayout.JAVA_BYTE, Int8RoundingKernel.constants());
    private static final MemorySegment STRIP_CONSTANTS = Arena.global().allocateFrom(ValueLayout.JAVA_INT, Int8StripKernel.constants());
    private static final MemorySegment ROTATING = memory(Int8RoundingKernel.code());
    private static final Map<Int8Layout, MemorySegment> STRIP = Stream.of(Int8Layout.values())
            .collect(Collectors.toMap(layout -> layout, layout -> memory(Int8StripKernel.code(layout)), (one, other) -> one, () -> new EnumMap<>(Int8Layout.class)));
    private static final MemorySegment INT16 = memory(Int16RoundingKernel.code());
    private static final MemorySegment WEIGHT_CONSTANTS = Arena.global().allocateFrom(ValueLayout.JAVA_BYTE, AttentionWeightKernel.constants());
    private static final MemorySegment WEIGHTS_OF_ALL = memory(AttentionWeightKernel.code(false));
    private static final MemorySegment WEIGHTS_OF_SEEN = memory(AttentionWeightKernel.code(true));
    private static final MemorySegment GATE = memory(GateKernel.code());
    private static final MemorySegment GREATEST_LOGITS = memory(LogitKernel.greatest());
    private static final MemorySegment LOGIT_EXPONENTIALS = memory(LogitKernel.exponentials());
    /** Once per process, as is {@link IntegerKernel}'s. */
    private static final Map<PackedForm.Format, MemorySegment> ROUNDING = new ConcurrentHashMap<>();

    private RowCode() {
    }

    private static MemorySegment memory(byte[] code) {
        return ExecutableMemory.of(code).orElseThrow();
    }

    /** @param target the row, of {@link IntegerInputs#rowBytes} */
    static void round(PackedForm.Format format, float[] source, int at, int count, MemorySegment target) {
        call(ROUNDING.computeIfAbsent(format, some -> memory(RoundingKernel.code(some))), slice(source, at, count), target, count / format.group(), 0,
                ROUNDING_CONSTANTS);
    }

    /** @param target the row, of {@link Int8Inputs#rowBytes} */
    static void rotate(float[] source, int at, int count, MemorySegment target) {
        rotate(slice(source, at, count), count / Int8Inputs.GROUP, target, Int8Inputs.GROUP_BYTES);
    }

    /**
     * @param source of so many groups, one behind the other
     * @param target of a group
     * @param stride bytes from a group's target to the next one's
     */
    static void rotate(MemorySegment source, int groups, MemorySegment target, long stride) {
        call(ROTATING, source, target, groups, stride, ROTATING_CONSTANTS);
    }

    /**
     * @param count     a multiple of {@link Int16RoundingKernel#UNIT}
     * @param target    receives integers of sixteen bits, and behind them the step
     * @param constants {@link RoundingKernel#constants(int)} in native memory
     */
    static void roundToInt16(MemorySegment source, int count, MemorySegment target, MemorySegment constants) {
        call(INT16, source, target, count / Int16RoundingKernel.UNIT, 0, constants);
    }

    /**
     * Makes weights of a block's scores, as {@link AttentionWeightKernel} has it.
     *
     * @param hides  whether rows do not see all keys of the block
     * @param target behind the rows' numbers
     * @param block  its numbers, in native memory
     */
    static void weigh(boolean hides, MemorySegment scores, MemorySegment target, int rows, MemorySegment block) {
        call(hides ? WEIGHTS_OF_SEEN : WEIGHTS_OF_ALL, scores, target, rows, block.address() - WEIGHT_CONSTANTS.address(), WEIGHT_CONSTANTS);
    }

    /**
     * Makes a block of a strip.
     *
     * @param codes  of the block, in native memory
     * @param scales likewise
     * @param ahead  bytes from the scales to those of the block that is wanted when this one has been multiplied
     */
    static void rotateCodes(Int8Layout layout, MemorySegment codes, MemorySegment scales, int groups, MemorySegment target, long ahead) {
        call(STRIP.get(layout), codes, target, groups, scales.address() - codes.address(), STRIP_CONSTANTS, ahead);
    }

    /** As {@link RowKernels#gate} of a whole row, bit for bit. */
    static void gate(float[] gateUp, int at, int feedForward, float[] out, int outAt) {
        int vectored = feedForward / LANES * LANES;
        if (vectored > 0) {
            gate(slice(gateUp, at, feedForward + vectored), vectored, (long) feedForward * Float.BYTES, slice(out, outAt, vectored));
        }
        RowKernels.gate(gateUp, at, feedForward, vectored, feedForward, out, outAt);
    }

    /**
     * @param gate     numbers, a multiple of the lanes
     * @param distance bytes from them to up's
     * @param target   may be where the gate's stand
     */
    static void gate(MemorySegment gate, int count, long distance, MemorySegment target) {
        call(GATE, gate, target, count / LANES, distance, EXPONENTIAL_CONSTANTS);
    }

    /** As {@link LogitKernel#greatest} has it, of whole blocks. */
    static void greatestLogits(MemorySegment logits, int blocks, float[] target) {
        call(GREATEST_LOGITS, logits.asSlice(0, (long) Float.BYTES * blocks * LogitKernel.BLOCK), slice(target, 0, blocks + LANES), blocks, 0, EXPONENTIAL_CONSTANTS);
    }

    /**
     * As {@link LogitKernel#exponentials} has it.
     *
     * @param count a multiple of the lanes
     */
    static void logitExponentials(MemorySegment logits, long at, int count, float[] target) {
        call(LOGIT_EXPONENTIALS, logits.asSlice(Float.BYTES * at, (long) Float.BYTES * count), slice(target, 0, 2 * LANES), count / LANES, 0,
                EXPONENTIAL_CONSTANTS);
    }

    /** Native code would not notice where the array ends. */
    private static MemorySegment slice(float[] source, int at, int count) {
        return MemorySegment.ofArray(source).asSlice((long) Float.BYTES * at, (long) Float.BYTES * count);
    }

    /** Of no arena, whose life a call would note, and the threads would contend for that. Whoever calls keeps the memory. */
    private static MemorySegment plain(MemorySegment memory) {
        return memory.isNative() ? MemorySegment.ofAddress(memory.address()) : memory;
    }

    private static void call(MemorySegment code, MemorySegment source, MemorySegment target, long count, long distance, MemorySegment constants) {
        call(code, source, target, count, distance, constants, 0);
    }

    private static void call(MemorySegment code, MemorySegment source, MemorySegment target, long count, long distance, MemorySegment constants, long ahead) {
        try {
            CALL.invokeExact(code, plain(source), plain(target), count, distance, constants.address(), ahead);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
