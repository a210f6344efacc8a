package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;

/**
 * Writes the machine code that makes a row of {@link IntegerInputs} of float32: a function of {@link RowCode}, whose count is the row's groups.
 */
final class RoundingKernel {
    private static final int LARGEST_INTEGER = Short.MAX_VALUE;
    private static final int LANES = IntegerKernel.VECTOR_BYTES / Float.BYTES;
    private static final GeneralRegister NEXT_SOURCE = GeneralRegister.RAX;
    private static final GeneralRegister GROUPS_LEFT = GeneralRegister.R9;
    /** Vector registers; above them what a moment needs. */
    private static final int STEP = 0;
    private static final int FACTOR = 1;
    private static final int SUM = 2;
    static final int EXCHANGED = 3;
    /** Selections: halves of two registers, pairs of lanes, words. */
    static final int LOWER_HALVES = 0x20;
    static final int UPPER_HALVES = 0x31;
    static final int HALVES_EXCHANGED = 0x01;
    private static final int LOWER_PAIRS = 0b01_00_01_00;
    private static final int UPPER_PAIRS = 0b11_10_11_10;
    static final int PAIRS_EXCHANGED = 0b01_00_11_10;
    static final int NEIGHBOURS_EXCHANGED = 0b10_11_00_01;
    private static final int LOWER_WORDS = 0b01010101;

    private final PackedForm.Format format;
    private final Assembler assembler = new Assembler();

    private RoundingKernel(PackedForm.Format format) {
        this.format = format;
    }

    /** @return code that runs at any address */
    static byte[] code(PackedForm.Format format) {
        var kernel = new RoundingKernel(format);
        kernel.write();
        return kernel.assembler.code();
    }

    static float[] constants() {
        return constants(LARGEST_INTEGER);
    }

    /** @param largest integer that a value becomes */
    static float[] constants(int largest) {
        return new float[] {largest, Float.MIN_NORMAL, 1};
    }

    private void write() {
        largest(assembler, STEP, 4, format.group() * Float.BYTES);
        step(assembler, STEP, FACTOR);
        assembler.mov(GROUPS_LEFT, RowCode.COUNT);
        int next = assembler.position();
        group();
        assembler.dec(GROUPS_LEFT);
        assembler.jnz(next);
        assembler.vmovss(Address.at(RowCode.TARGET, 0), STEP);
        assembler.vzeroupper();
        assembler.ret();
    }

    /**
     * Of a row's absolute values, in all lanes of the register. As whole numbers their bits have the same order, NaN above all.
     *
     * @param absolute the first of two registers that are used besides, and {@link #EXCHANGED}
     * @param bytes    of the source that the row's count counts
     */
    static void largest(Assembler assembler, int register, int absolute, int bytes) {
        final int next = absolute + 1;
        assembler.vpxor(register, register, register);
        assembler.vpcmpeqd(absolute, absolute, absolute);
        assembler.vpsrld(absolute, absolute, 1);
        assembler.mov(NEXT_SOURCE, RowCode.SOURCE);
        assembler.mov(GROUPS_LEFT, RowCode.COUNT);
        int loop = assembler.position();
        for (int at = 0; at < bytes; at += IntegerKernel.VECTOR_BYTES) {
            assembler.vpand(next, absolute, Address.at(NEXT_SOURCE, at));
            assembler.vpmaxsd(register, register, next);
        }
        assembler.add(NEXT_SOURCE, bytes);
        assembler.dec(GROUPS_LEFT);
        assembler.jnz(loop);
        acrossLanes(assembler, register, () -> assembler.vpmaxsd(register, register, EXCHANGED));
    }

    /** From the largest value the step, and 1 / step; 0 where the step is too small for that. Registers 4 and 5 are used besides. */
    static void step(Assembler assembler, int step, int factor) {
        final int constant = 4;
        final int tooSmall = 5;
        assembler.vbroadcastss(constant, Address.at(RowCode.CONSTANTS, 0));
        assembler.vdivps(step, step, constant);
        assembler.vbroadcastss(constant, Address.at(RowCode.CONSTANTS, Float.BYTES));
        assembler.vcmpltps(tooSmall, step, constant);
        assembler.vbroadcastss(constant, Address.at(RowCode.CONSTANTS, 2 * Float.BYTES));
        assembler.vdivps(factor, constant, step);
        assembler.vandnps(factor, tooSmall, factor);
    }

    private void group() {
        int bytes = format.group() * Short.BYTES;
        assembler.vpxor(SUM, SUM, SUM);
        for (int at = 0; at < bytes; at += IntegerKernel.VECTOR_BYTES) {
            roundSixteen(at);
        }
        acrossLanes(assembler, SUM, () -> assembler.vpaddd(SUM, SUM, EXCHANGED));
        assembler.vcvtdq2ps(SUM, SUM);
        assembler.vmovss(Address.at(RowCode.TARGET, bytes), SUM);
        assembler.add(RowCode.SOURCE, format.group() * Float.BYTES);
        assembler.add(RowCode.TARGET, IntegerInputs.groupBytes(format.group()));
    }

    /** @param combine the register and {@link #EXCHANGED} */
    static void acrossLanes(Assembler assembler, int register, Runnable combine) {
        acrossLanes(assembler, register, EXCHANGED, combine);
    }

    /** @param combine the register and the exchanged one */
    static void acrossLanes(Assembler assembler, int register, int exchanged, Runnable combine) {
        assembler.vperm2i128(exchanged, register, register, HALVES_EXCHANGED);
        combine.run();
        assembler.vpshufd(exchanged, register, PAIRS_EXCHANGED);
        combine.run();
        assembler.vpshufd(exchanged, register, NEIGHBOURS_EXCHANGED);
        combine.run();
    }

    /** @param at bytes from the group's first integer */
    private void roundSixteen(int at) {
        final int first = 4;
        final int second = 5;
        final int lower = 6;
        final int upper = 7;
        for (int i = 0; i < 2; i++) {
            assembler.vmulps(first + i, FACTOR, Address.at(RowCode.SOURCE, 2 * at + i * LANES * Float.BYTES));
            assembler.vcvtps2dq(first + i, first + i);
            assembler.vpaddd(SUM, SUM, first + i);
        }
        assembler.vperm2i128(lower, first, second, LOWER_HALVES);
        assembler.vperm2i128(upper, first, second, UPPER_HALVES);
        if (format.bits() == Byte.SIZE) {
            // Words hold four codes, not eight.
            assembler.vshufps(first, lower, upper, LOWER_PAIRS);
            assembler.vshufps(second, lower, upper, UPPER_PAIRS);
            pair(first, second, at);
        } else {
            pair(lower, upper, at);
        }
    }

    private void pair(int high, int low, int at) {
        assembler.vpslld(high, high, Short.SIZE);
        assembler.vpblendw(high, high, low, LOWER_WORDS);
        assembler.vmovups(Address.at(RowCode.TARGET, at), high);
    }
}
