package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import java.util.stream.IntStream;

/** Writes {@link RowKernels#exp} of eight numbers as a part of kernels of {@link RowCode}, bit for bit. */
final class ExponentialCode {
    /** Vector registers: the exponents, which are lost; the result; from {@link #FREE} on they are the kernel's. */
    static final int POWER = 0;
    static final int RESULT = 1;
    static final int FREE = 5;
    private static final int ROUNDED = 2;
    private static final int TWOS = 3;
    private static final int SQUARE = 4;
    private static final int LANES = IntegerKernel.VECTOR_BYTES / Float.BYTES;
    /** Constants, in the order of their places. */
    static final Address SIGN = constant(0);
    static final Address ONE = constant(1);
    static final Address LEAST_EXPONENT = constant(2);
    private static final Address GREATEST_EXPONENT = constant(3);
    private static final Address LOG2_E = constant(4);
    private static final Address ROUNDER = constant(5);
    private static final Address MINUS_LN2_HIGH = constant(6);
    private static final Address MINUS_LN2_LOW = constant(7);
    private static final Address EXPONENT_BIAS = constant(8);
    /** The first of the polynomial's. */
    private static final int FACTORS = 9;
    private static final float[] POLYNOMIAL = RowKernels.exponentialFactors();

    private ExponentialCode() {
    }

    /** What kernels' constants begin with: each in all lanes, one register after the other. */
    static float[] constants() {
        float[] each = {-0f, 1, RowKernels.LEAST_EXPONENT, RowKernels.GREATEST_EXPONENT, RowKernels.LOG2_E, RowKernels.ROUNDER, -RowKernels.LN2_HIGH,
                -RowKernels.LN2_LOW, Float.intBitsToFloat(RowKernels.EXPONENT_BIAS)};
        float[] inAllLanes = new float[(each.length + POLYNOMIAL.length) * LANES];
        IntStream.range(0, inAllLanes.length).forEach(i -> inAllLanes[i] = i / LANES < FACTORS ? each[i / LANES] : POLYNOMIAL[i / LANES - FACTORS]);
        return inAllLanes;
    }

    static void write(Assembler assembler) {
        assembler.vmaxps(POWER, POWER, LEAST_EXPONENT);
        assembler.vminps(POWER, POWER, GREATEST_EXPONENT);
        assembler.vmovups(ROUNDED, LOG2_E);
        assembler.vfmadd213ps(ROUNDED, POWER, ROUNDER);
        assembler.vsubps(TWOS, ROUNDED, ROUNDER);
        assembler.vfmadd231ps(POWER, TWOS, MINUS_LN2_HIGH);
        assembler.vfmadd231ps(POWER, TWOS, MINUS_LN2_LOW);
        polynomial(assembler, RESULT, POWER, FACTORS, POLYNOMIAL.length);
        assembler.vmulps(SQUARE, POWER, POWER);
        assembler.vfmadd213ps(RESULT, SQUARE, POWER);
        assembler.vaddps(RESULT, RESULT, ONE);
        assembler.vpsubd(ROUNDED, ROUNDED, ROUNDER);
        assembler.vpsrad(TWOS, ROUNDED, 1);
        assembler.vpsubd(ROUNDED, ROUNDED, TWOS);
        timesTwoToThe(assembler, TWOS);
        timesTwoToThe(assembler, ROUNDED);
    }

    /** @param first place of the factors among the constants, that of the highest power first */
    static void polynomial(Assembler assembler, int result, int x, int first, int factors) {
        assembler.vmovups(result, constant(first));
        for (int i = 1; i < factors; i++) {
            assembler.vfmadd213ps(result, x, constant(first + i));
        }
    }

    private static void timesTwoToThe(Assembler assembler, int exponent) {
        assembler.vpaddd(exponent, exponent, EXPONENT_BIAS);
        assembler.vpslld(exponent, exponent, RowKernels.MANTISSA_BITS);
        assembler.vmulps(RESULT, RESULT, exponent);
    }

    /** The register at a place among a kernel's constants. */
    static Address constant(int place) {
        return Address.at(RowCode.CONSTANTS, place * IntegerKernel.VECTOR_BYTES);
    }
}
