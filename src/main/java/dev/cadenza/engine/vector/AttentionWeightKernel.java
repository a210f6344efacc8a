package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.Address;
import dev.cadenza.engine.machine.Assembler;
import dev.cadenza.engine.machine.GeneralRegister;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes the machine code that makes weights of a block of scores, which are exponents of two, row after row: 2^(score - greatest so far), times the
 * values' steps, rounded to integers of sixteen bits. What came of earlier blocks has to fade where a greater score is found (as in FlashAttention, arXiv
 * 2205.14135); a row sees keys in blocks of fixed places, so its bits do not depend on what it shares a call with.
 *
 * <p>A function of {@link RowCode}: the source are scores [rows, {@link #KEYS}], the target receives integers [rows, {@link #KEYS}], those of sixteen keys
 * in the order of {@link #placeOf}; the distance is from the constants to the block's numbers ({@link Int16Attention}); rows' numbers stand before the
 * target, {@link Int16ProductKernel#ROW_FACTORS} bytes each.
 */
final class AttentionWeightKernel {
    /** Of a block. */
    static final int KEYS = 64;
    static final int LARGEST = 16_383;
    /** Of the row's numbers, in bytes: the greatest score so far; sums in eight lanes. */
    static final int GREATEST = 2 * Float.BYTES;
    static final int SUMS = 32;
    /** Of the first row's: the last key of the block that it sees, and how many come behind; the next row sees one more. */
    static final int LAST_SEEN = 16;
    static final int NOT_SEEN = 24;
    /**
     * Of the block's numbers, in floats: keys' steps, which are not for this kernel; values' steps; by the last key that a row sees, from {@link #BEFORE}
     * keys before the block to as many behind it, what steps times weights are multiplied with to be integers, and its inverse.
     */
    static final int STEPS = KEYS;
    static final int INVERSES = 2 * KEYS;
    static final int BEFORE = KEYS;
    static final int FACTORS = INVERSES + BEFORE + 2 * KEYS;
    static final int NUMBERS = FACTORS + BEFORE + 2 * KEYS;
    private static final int REGISTER = IntegerKernel.VECTOR_BYTES;
    private static final int LANES = REGISTER / Float.BYTES;
    private static final int PARTS = KEYS / LANES;
    private static final float[] POLYNOMIAL = {1.535336188e-4f, 1.339887440e-3f, 9.618437358e-3f, 5.550332471e-2f, 2.402264791e-1f, 6.931472029e-1f, 1};
    /** Constants, in registers' places: selections of keys, twice as many before them and behind; the least score, numbers for the exponential. */
    private static final int SELECTIONS = 0;
    private static final int HIDDEN = 4 * PARTS;
    private static final int ROUNDER = HIDDEN + 1;
    private static final int LEAST_EXPONENT = ROUNDER + 1;
    private static final int FIRST_FACTOR = LEAST_EXPONENT + 1;
    private static final int CONSTANTS = FIRST_FACTOR + POLYNOMIAL.length;
    private static final int MANTISSA_BITS = 23;
    private static final GeneralRegister ROW = GeneralRegister.RAX;
    private static final GeneralRegister BLOCK = GeneralRegister.R9;
    private static final GeneralRegister LAST = GeneralRegister.R10;
    private static final GeneralRegister BEHIND = GeneralRegister.R11;
    /** Vector registers; below them the scores. */
    private static final int NEW_GREATEST = 8;
    private static final int SUM = 9;
    private static final int INVERSE = 10;
    private static final int ROUNDED = 11;
    private static final int POWER = 12;
    private static final int REST = 13;
    private static final int OTHER = 14;
    private static final int FADING = 15;

    private final boolean hides;
    private final Assembler assembler = new Assembler();

    private AttentionWeightKernel(boolean hides) {
        this.hides = hides;
    }

    /**
     * @param hides whether rows do not see all keys of the block
     * @return code that runs at any address
     */
    static byte[] code(boolean hides) {
        var kernel = new AttentionWeightKernel(hides);
        kernel.write();
        return kernel.assembler.code();
    }

    static byte[] constants() {
        ByteBuffer bytes = ByteBuffer.allocate(CONSTANTS * REGISTER).order(ByteOrder.LITTLE_ENDIAN);
        for (int key = -KEYS; key < 3 * KEYS; key++) {
            bytes.putInt(key < KEYS ? -1 : 0);
        }
        put(bytes, Float.NEGATIVE_INFINITY);
        put(bytes, RowKernels.ROUNDER);
        put(bytes, -126);
        for (float factor : POLYNOMIAL) {
            put(bytes, factor);
        }
        return bytes.array();
    }

    private static void put(ByteBuffer bytes, float number) {
        for (int lane = 0; lane < LANES; lane++) {
            bytes.putFloat(number);
        }
    }

    /** Of sixteen keys, which one's weight stands at a place. */
    static int placeOf(int place) {
        // Halves of registers are packed by themselves.
        return place / 4 % 2 == place / 8 ? place : place ^ 0b1100;
    }

    private void write() {
        assembler.lea(BLOCK, new Address(RowCode.CONSTANTS, RowCode.DISTANCE, 1, 0));
        assembler.mov(ROW, RowCode.TARGET);
        assembler.mov(LAST, RowCode.COUNT);
        for (int i = Integer.numberOfTrailingZeros(Int16ProductKernel.ROW_FACTORS); i > 0; i--) {
            assembler.add(LAST, LAST);
        }
        assembler.sub(ROW, LAST);
        assembler.mov(LAST, Address.at(ROW, LAST_SEEN));
        assembler.mov(BEHIND, Address.at(ROW, NOT_SEEN));
        int next = assembler.position();
        row();
        assembler.add(RowCode.SOURCE, KEYS * Float.BYTES);
        assembler.add(RowCode.TARGET, KEYS * Short.BYTES);
        assembler.add(ROW, Int16ProductKernel.ROW_FACTORS);
        assembler.add(LAST, 1);
        assembler.dec(BEHIND);
        assembler.dec(RowCode.COUNT);
        assembler.jnz(next);
        assembler.vzeroupper();
        assembler.ret();
    }

    private void row() {
        for (int part = 0; part < PARTS; part++) {
            assembler.vmovups(part, Address.at(RowCode.SOURCE, part * REGISTER));
        }
        if (hides) {
            hide();
        }
        greatest();
        assembler.vbroadcastss(FADING, Address.at(ROW, GREATEST));
        assembler.vmaxps(NEW_GREATEST, NEW_GREATEST, FADING);
        assembler.vmovss(Address.at(ROW, GREATEST), NEW_GREATEST);
        twoToThe(FADING);
        assembler.vmovss(Address.at(ROW, Int16ProductKernel.FADING), FADING);
        assembler.vmulps(SUM, FADING, Address.at(ROW, SUMS));
        assembler.vbroadcastss(INVERSE, byLastKey(INVERSES));
        assembler.vbroadcastss(OTHER, byLastKey(FACTORS));
        assembler.vmovss(Address.at(ROW, Int16ProductKernel.FACTOR), OTHER);
        for (int part = 0; part < PARTS; part++) {
            twoToThe(part);
            assembler.vaddps(SUM, SUM, part);
            assembler.vmulps(part, part, INVERSE);
            assembler.vmulps(part, part, Address.at(BLOCK, STEPS * Float.BYTES + part * REGISTER));
            assembler.vcvtps2dq(part, part);
        }
        assembler.vmovups(Address.at(ROW, SUMS), SUM);
        for (int part = 0; part < PARTS; part += 2) {
            assembler.vpackssdw(part, part, part + 1);
            assembler.vmovups(Address.at(RowCode.TARGET, part / 2 * REGISTER), part);
        }
    }

    private Address byLastKey(int numbers) {
        int first = (numbers + BEFORE) * Float.BYTES;
        return hides ? new Address(BLOCK, LAST, Float.BYTES, first) : Address.at(BLOCK, first + (KEYS - 1) * Float.BYTES);
    }

    private void hide() {
        assembler.vmovups(ROUNDED, ExponentialCode.constant(HIDDEN));
        for (int part = 0; part < PARTS; part++) {
            int first = SELECTIONS * REGISTER + KEYS * Integer.BYTES;
            assembler.vmovups(REST, new Address(RowCode.CONSTANTS, BEHIND, Integer.BYTES, first + part * REGISTER));
            assembler.vblendvps(part, ROUNDED, part, REST);
        }
    }

    private void greatest() {
        assembler.vmaxps(NEW_GREATEST, 0, 1);
        for (int part = 2; part < PARTS; part++) {
            assembler.vmaxps(NEW_GREATEST, NEW_GREATEST, part);
        }
        RoundingKernel.acrossLanes(assembler, NEW_GREATEST, OTHER, () -> assembler.vmaxps(NEW_GREATEST, NEW_GREATEST, OTHER));
    }

    /** 2^(x - greatest); zero below 2^-126. Within two units in the last place. */
    private void twoToThe(int register) {
        assembler.vsubps(register, register, NEW_GREATEST);
        assembler.vaddps(ROUNDED, register, ExponentialCode.constant(ROUNDER));
        assembler.vsubps(REST, ROUNDED, ExponentialCode.constant(ROUNDER));
        assembler.vsubps(REST, register, REST);
        ExponentialCode.polynomial(assembler, POWER, REST, FIRST_FACTOR, POLYNOMIAL.length);
        // A whole number stands in the lowest bits of what it was rounded with, and is added to the exponent.
        assembler.vpslld(ROUNDED, ROUNDED, MANTISSA_BITS);
        assembler.vpaddd(POWER, POWER, ROUNDED);
        assembler.vcmpltps(register, register, ExponentialCode.constant(LEAST_EXPONENT));
        assembler.vandnps(register, register, POWER);
    }
}
