package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes the machine code that makes groups of {@link Int8Inputs} of float32: a function of {@link RowCode}, whose count is that of groups, and whose
 * distance is the bytes from one's target to the next one's.
 */
final class Int8RoundingKernel {
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    private static final int REGISTERS = Int8Inputs.GROUP * Float.BYTES / REGISTER;
    /** Bytes of the constants: the order of a block's bytes in a half, the offset, single numbers. */
    private static final int ORDER = 0;
    private static final int OFFSETS = ORDER + REGISTER;
    private static final int NUMBERS = OFFSETS + REGISTER;
    private static final float[] NUMBER = {Int8Inputs.LARGEST, Float.MIN_NORMAL, 1, 1f / Int8Inputs.BLOCK, 0.5f};
    /** Odd lanes are sums, even ones differences: sums first, the later ones before. */
    private static final byte[] QUAD_ORDER = {3, 1, 2, 0};
    /** Vector registers; the inputs' first, the numbers' last. */
    private static final int STEP = 0;
    private static final int FACTOR = 1;
    private static final int SUM = 2;
    private static final int INPUTS = 4;
    private static final int TOTAL = 8;
    private static final int OTHER = 9;
    private static final int ABSOLUTE = 10;
    private static final int LARGEST = 11;
    private static final int SMALLEST = 12;
    private static final int ONE = 13;
    private static final int OF_BLOCK = 14;
    private static final int HALF = 15;

    private final Assembler assembler = new Assembler();

    private Int8RoundingKernel() {
    }

    /** @return code that runs at any address */
    static byte[] code() {
        var kernel = new Int8RoundingKernel();
        kernel.write();
        return kernel.assembler.code();
    }

    static byte[] constants() {
        ByteBuffer bytes = ByteBuffer.allocate(NUMBERS + NUMBER.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < REGISTER; i++) {
            bytes.put((byte) (i % 16 / QUAD_ORDER.length * QUAD_ORDER.length + QUAD_ORDER[i % QUAD_ORDER.length]));
        }
        for (int i = 0; i < REGISTER; i++) {
            bytes.put((byte) Int8Inputs.OFFSET);
        }
        for (float number : NUMBER) {
            bytes.putFloat(number);
        }
        return bytes.array();
    }

    private void write() {
        assembler.vpcmpeqd(ABSOLUTE, ABSOLUTE, ABSOLUTE);
        assembler.vpsrld(ABSOLUTE, ABSOLUTE, 1);
        for (int i = 0; i < NUMBER.length; i++) {
            assembler.vbroadcastss(LARGEST + i, Address.at(RowCode.CONSTANTS, NUMBERS + i * Float.BYTES));
        }
        int next = assembler.position();
        assembler.vpxor(STEP, STEP, STEP);
        for (int i = 0; i < REGISTERS; i++) {
            rotate(INPUTS + i, i * REGISTER);
            assembler.vpand(OTHER, ABSOLUTE, INPUTS + i);
            assembler.vpmaxsd(STEP, STEP, OTHER);
        }
        step();
        round();
        assembler.add(RowCode.SOURCE, Int8Inputs.GROUP * Float.BYTES);
        assembler.add(RowCode.TARGET, RowCode.DISTANCE);
        assembler.dec(RowCode.COUNT);
        assembler.jnz(next);
        assembler.vzeroupper();
        assembler.ret();
    }

    /** A block: each pair's difference in its even lane and sum in its odd one; then of either kind the others' sum without itself. */
    private void rotate(int block, int at) {
        assembler.vmovups(block, Address.at(RowCode.SOURCE, at));
        assembler.vpshufd(OTHER, block, RoundingKernel.NEIGHBOURS_EXCHANGED);
        assembler.vaddsubps(block, OTHER, block);
        assembler.vpshufd(OTHER, block, RoundingKernel.PAIRS_EXCHANGED);
        assembler.vaddps(TOTAL, block, OTHER);
        assembler.vperm2i128(OTHER, TOTAL, TOTAL, RoundingKernel.HALVES_EXCHANGED);
        assembler.vaddps(TOTAL, TOTAL, OTHER);
        assembler.vaddps(block, block, block);
        assembler.vsubps(block, TOTAL, block);
    }

    /** From absolute values, which as whole numbers have the same order, NaN above all, the step, and 1 / step; 0 where the step is too small for that. */
    private void step() {
        final int tooSmall = OTHER;
        RoundingKernel.acrossLanes(assembler, STEP, () -> assembler.vpmaxsd(STEP, STEP, RoundingKernel.EXCHANGED));
        assembler.vdivps(STEP, STEP, LARGEST);
        assembler.vcmpltps(tooSmall, STEP, SMALLEST);
        assembler.vdivps(FACTOR, ONE, STEP);
        assembler.vandnps(FACTOR, tooSmall, FACTOR);
    }

    private void round() {
        assembler.vpxor(SUM, SUM, SUM);
        for (int i = INPUTS; i < INPUTS + REGISTERS; i++) {
            assembler.vmulps(i, FACTOR, i);
            assembler.vcvtps2dq(i, i);
            assembler.vpaddd(SUM, SUM, i);
        }
        final int bytes = INPUTS;
        assembler.vpackssdw(bytes, INPUTS, INPUTS + 1);
        assembler.vpackssdw(OTHER, INPUTS + 2, INPUTS + 3);
        assembler.vpacksswb(bytes, bytes, OTHER);
        assembler.vpshufb(bytes, bytes, Address.at(RowCode.CONSTANTS, ORDER));
        assembler.vpxor(bytes, bytes, Address.at(RowCode.CONSTANTS, OFFSETS));
        // A half has the later inputs of each block.
        assembler.vperm2i128(OTHER, bytes, bytes, RoundingKernel.HALVES_EXCHANGED);
        assembler.vpunpcklwd(TOTAL, OTHER, bytes);
        assembler.vpunpckhwd(OTHER, OTHER, bytes);
        assembler.vperm2i128(bytes, TOTAL, OTHER, RoundingKernel.LOWER_HALVES);
        assembler.vmovups(Address.at(RowCode.TARGET, 0), bytes);
        assembler.vmulps(OTHER, STEP, OF_BLOCK);
        assembler.vmovss(Address.at(RowCode.TARGET, Int8Inputs.STEP), OTHER);
        sum();
    }

    /** The rotated sums add up to twice the inputs, the differences to what these have nothing of. */
    private void sum() {
        assembler.vperm2i128(RoundingKernel.EXCHANGED, SUM, SUM, RoundingKernel.HALVES_EXCHANGED);
        assembler.vpaddd(SUM, SUM, RoundingKernel.EXCHANGED);
        assembler.vpshufd(RoundingKernel.EXCHANGED, SUM, RoundingKernel.PAIRS_EXCHANGED);
        assembler.vpaddd(SUM, SUM, RoundingKernel.EXCHANGED);
        assembler.vpshufd(SUM, SUM, RoundingKernel.NEIGHBOURS_EXCHANGED);
        assembler.vcvtdq2ps(SUM, SUM);
        assembler.vmulps(OTHER, STEP, HALF);
        assembler.vmulps(SUM, SUM, OTHER);
        assembler.vmovss(Address.at(RowCode.TARGET, Int8Inputs.SUM), SUM);
    }
}
