package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import java.util.stream.IntStream;

/**
 * Writes the machine code of {@link RowKernels#gate}, which does the same to each number in the same order and so has the same bits: a function of
 * {@link RowCode}, whose count is that of registers, whose source is the gate's numbers and whose distance is that of up's from them.
 */
final class GateKernel {
    private static final int LANES = IntegerKernel.VECTOR_BYTES / Float.BYTES;
    /** Constants, in the order of their places. */
    private static final int SIGN = 0;
    private static final int LEAST_EXPONENT = 1;
    private static final int GREATEST_EXPONENT = 2;
    private static final int LOG2_E = 3;
    private static final int ROUNDER = 4;
    private static final int MINUS_LN2_HIGH = 5;
    private static final int MINUS_LN2_LOW = 6;
    private static final int ONE = 7;
    private static final int EXPONENT_BIAS = 8;
    /** The first of the polynomial's. */
    private static final int FACTORS = 9;
    private static final float[] POLYNOMIAL = RowKernels.exponentialFactors();
    /** Vector registers. */
    private static final int GATE = 0;
    private static final int POWER = 1;
    private static final int ROUNDED = 2;
    private static final int TWOS = 3;
    private static final int SQUARE = 4;
    private static final int RESULT = 5;

    private final Assembler assembler = new Assembler();

    private GateKernel() {
    }

    /** @return code that runs at any address */
    static byte[] code() {
        var kernel = new GateKernel();
        kernel.write();
        return kernel.assembler.code();
    }

    /** Each in all lanes, one register after the other. */
    static float[] constants() {
        float[] each = {-0f, RowKernels.LEAST_EXPONENT, RowKernels.GREATEST_EXPONENT, RowKernels.LOG2_E, RowKernels.ROUNDER, -RowKernels.LN2_HIGH,
                -RowKernels.LN2_LOW, 1, Float.intBitsToFloat(RowKernels.EXPONENT_BIAS)};
        float[] inAllLanes = new float[(each.length + POLYNOMIAL.length) * LANES];
        IntStream.range(0, inAllLanes.length).forEach(i -> inAllLanes[i] = i / LANES < FACTORS ? each[i / LANES] : POLYNOMIAL[i / LANES - FACTORS]);
        return inAllLanes;
    }

    private void write() {
        int next = assembler.position();
        assembler.vmovups(GATE, Address.at(RowCode.SOURCE, 0));
        exponential();
        assembler.vaddps(RESULT, RESULT, constant(ONE));
        assembler.vdivps(GATE, GATE, RESULT);
        assembler.vmulps(GATE, GATE, new Address(RowCode.SOURCE, RowCode.DISTANCE, 1, 0));
        assembler.vmovups(Address.at(RowCode.TARGET, 0), GATE);
        assembler.add(RowCode.SOURCE, IntegerKernel.VECTOR_BYTES);
        assembler.add(RowCode.TARGET, IntegerKernel.VECTOR_BYTES);
        assembler.dec(RowCode.COUNT);
        assembler.jnz(next);
        assembler.vzeroupper();
        assembler.ret();
    }

    /** {@link RowKernels#exp} of what the gate has with the other sign. */
    private void exponential() {
        assembler.vpxor(POWER, GATE, constant(SIGN));
        assembler.vmaxps(POWER, POWER, constant(LEAST_EXPONENT));
        assembler.vminps(POWER, POWER, constant(GREATEST_EXPONENT));
        assembler.vmovups(ROUNDED, constant(LOG2_E));
        assembler.vfmadd213ps(ROUNDED, POWER, constant(ROUNDER));
        assembler.vsubps(TWOS, ROUNDED, constant(ROUNDER));
        assembler.vfmadd231ps(POWER, TWOS, constant(MINUS_LN2_HIGH));
        assembler.vfmadd231ps(POWER, TWOS, constant(MINUS_LN2_LOW));
        assembler.vmovups(RESULT, constant(FACTORS));
        for (int i = 1; i < POLYNOMIAL.length; i++) {
            assembler.vfmadd213ps(RESULT, POWER, constant(FACTORS + i));
        }
        assembler.vmulps(SQUARE, POWER, POWER);
        assembler.vfmadd213ps(RESULT, SQUARE, POWER);
        assembler.vaddps(RESULT, RESULT, constant(ONE));
        assembler.vpsubd(ROUNDED, ROUNDED, constant(ROUNDER));
        assembler.vpsrad(TWOS, ROUNDED, 1);
        assembler.vpsubd(ROUNDED, ROUNDED, TWOS);
        timesTwoToThe(TWOS);
        timesTwoToThe(ROUNDED);
    }

    private void timesTwoToThe(int exponent) {
        assembler.vpaddd(exponent, exponent, constant(EXPONENT_BIAS));
        assembler.vpslld(exponent, exponent, RowKernels.MANTISSA_BITS);
        assembler.vmulps(RESULT, RESULT, exponent);
    }

    private static Address constant(int place) {
        return Address.at(RowCode.CONSTANTS, place * IntegerKernel.VECTOR_BYTES);
    }
}
