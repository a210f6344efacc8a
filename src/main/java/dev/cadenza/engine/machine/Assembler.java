package dev.cadenza.engine.machine;

import java.io.ByteArrayOutputStream;

/**
 * Writes the few x86-64 instructions that the kernels need, named by their mnemonics (Intel's Software Developer's Manual, volume 2), destination
 * first. Vector registers have 32 bytes and numbers from 0 to 15 (AVX2, FMA). One thread.
 */
public final class Assembler {
    static final int NO_PREFIX = 0;
    static final int PREFIX_66 = 1;
    private static final int PREFIX_F3 = 2;
    private static final int PREFIX_F2 = 3;
    static final int MAP_0F = 1;
    static final int MAP_0F38 = 2;
    private static final int MAP_0F3A = 3;
    private static final int HAS_DISPLACEMENT = 0b10;
    static final int IS_REGISTER = 0b11;
    /** What stands for "see the next byte" where a base would, and for "none" where an index would. */
    private static final int BY_SIB = 4;
    private static final int NO_INDEX = 4;
    private static final int REX = 0x40;
    private static final int REX_W = 0x48;
    private static final int VECTOR_32 = 0b100;

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();

    /** What has been written. It runs at any address. */
    public byte[] code() {
        return code.toByteArray();
    }

    /** Where the next instruction begins. */
    public int position() {
        return code.size();
    }

    public void vmovups(int to, Address from) {
        vector(NO_PREFIX, MAP_0F, 0x10, to, 0, from);
    }

    public void vmovups(Address to, int from) {
        vector(NO_PREFIX, MAP_0F, 0x11, from, 0, to);
    }

    /** The lowest lane. */
    public void vmovss(Address to, int from) {
        vector(PREFIX_F3, MAP_0F, 0x11, from, 0, to);
    }

    public void vpxor(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xEF, to, a, b);
    }

    public void vpxor(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F, 0xEF, to, a, b);
    }

    public void vpaddd(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xFE, to, a, b);
    }

    public void vpaddd(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F, 0xFE, to, a, b);
    }

    public void vpaddw(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xFD, to, a, b);
    }

    public void vpaddw(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F, 0xFD, to, a, b);
    }

    public void vpsubw(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xF9, to, a, b);
    }

    public void vpaddb(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xFC, to, a, b);
    }

    public void vpsubb(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xF8, to, a, b);
    }

    public void vpsubb(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F, 0xF8, to, a, b);
    }

    public void vpsubd(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xFA, to, a, b);
    }

    public void vpsubd(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F, 0xFA, to, a, b);
    }

    /** Words times words; two products that stand beside each other are added. */
    public void vpmaddwd(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xF5, to, a, b);
    }

    public void vpmaddwd(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F, 0xF5, to, a, b);
    }

    /** Bytes, those of a unsigned, to words; two products that stand beside each other are added. */
    public void vpmaddubsw(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F38, 0x04, to, a, b);
    }

    /** Words to the left. */
    public void vpsllw(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x71, 6, to, from);
        code.write(bits);
    }

    /** Words to the right, the sign coming after. */
    public void vpsraw(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x71, 4, to, from);
        code.write(bits);
    }

    /** Double words to the left. */
    public void vpslld(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x72, 6, to, from);
        code.write(bits);
    }

    /** Double words to the right, zeros coming after. */
    public void vpsrld(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x72, 2, to, from);
        code.write(bits);
    }

    /** Double words to the right, the sign coming after. */
    public void vpsrad(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x72, 4, to, from);
        code.write(bits);
    }

    /** All bits where they are equal. */
    public void vpcmpeqd(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0x76, to, a, b);
    }

    public void vpand(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xDB, to, a, b);
    }

    public void vpand(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F, 0xDB, to, a, b);
    }

    public void vpor(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xEB, to, a, b);
    }

    public void vpmaxsd(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F38, 0x3D, to, a, b);
    }

    /** Of words with a sign. */
    public void vpmaxsw(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0xEE, to, a, b);
    }

    public void vpabsb(int to, int from) {
        vector(PREFIX_66, MAP_0F38, 0x1C, to, 0, from);
    }

    /** Bytes by their numbers in b; each half its own. */
    public void vpshufb(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F38, 0x00, to, a, b);
    }

    public void vpshufb(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F38, 0x00, to, a, b);
    }

    /** Double words to the nearest words, those of a, then those of b; each half its own. */
    public void vpackssdw(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0x6B, to, a, b);
    }

    /** Words to the nearest bytes, those of a, then those of b; each half its own. */
    public void vpacksswb(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0x63, to, a, b);
    }

    /** The lower words of a and b in turn; each half its own. */
    public void vpunpcklwd(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0x61, to, a, b);
    }

    /** The upper words of a and b in turn; each half its own. */
    public void vpunpckhwd(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F, 0x69, to, a, b);
    }

    /** Words of b where the selection has a bit, of a elsewhere; the same for both halves. */
    public void vpblendw(int to, int a, int b, int selection) {
        vector(PREFIX_66, MAP_0F3A, 0x0E, to, a, b);
        code.write(selection);
    }

    /** Two lanes of a, then two of b, by two bits each; the same for both halves. */
    public void vshufps(int to, int a, int b, int selection) {
        vector(NO_PREFIX, MAP_0F, 0xC6, to, a, b);
        code.write(selection);
    }

    /** Lanes by two bits each; the same for both halves. */
    public void vpshufd(int to, int from, int selection) {
        vector(PREFIX_66, MAP_0F, 0x70, to, 0, from);
        code.write(selection);
    }

    /** Two halves, by four bits each, of those of a (0, 1) and of b (2, 3). */
    public void vperm2i128(int to, int a, int b, int selection) {
        vector(PREFIX_66, MAP_0F3A, 0x46, to, a, b);
        code.write(selection);
    }

    public void vpbroadcastd(int to, Address from) {
        vector(PREFIX_66, MAP_0F38, 0x58, to, 0, from);
    }

    public void vbroadcastss(int to, Address from) {
        vector(PREFIX_66, MAP_0F38, 0x18, to, 0, from);
    }

    /** To the nearest integer, halves to even ones. */
    public void vcvtps2dq(int to, int from) {
        vector(PREFIX_66, MAP_0F, 0x5B, to, 0, from);
    }

    public void vcvtdq2ps(int to, int from) {
        vector(NO_PREFIX, MAP_0F, 0x5B, to, 0, from);
    }

    public void vdivps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0x5E, to, a, b);
    }

    /** All bits where a is less than b. */
    public void vcmpltps(int to, int a, Address b) {
        vector(NO_PREFIX, MAP_0F, 0xC2, to, a, b);
        code.write(1);
    }

    /** All bits where a is less than b. */
    public void vcmpltps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0xC2, to, a, b);
        code.write(1);
    }

    /** All bits where a or b is no number. */
    public void vcmpunordps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0xC2, to, a, b);
        code.write(3);
    }

    /** Bits of b that a lacks. */
    public void vandnps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0x55, to, a, b);
    }

    /** Lanes of b where the selection has its highest bit, of a elsewhere. */
    public void vblendvps(int to, int a, int b, int selection) {
        vector(PREFIX_66, MAP_0F3A, 0x4A, to, a, b);
        code.write(selection << 4);
    }

    /** Even lanes: a - b; odd ones: a + b. */
    public void vaddsubps(int to, int a, int b) {
        vector(PREFIX_F2, MAP_0F, 0xD0, to, a, b);
    }

    public void vaddps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0x58, to, a, b);
    }

    public void vsubps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0x5C, to, a, b);
    }

    public void vaddps(int to, int a, Address b) {
        vector(NO_PREFIX, MAP_0F, 0x58, to, a, b);
    }

    public void vsubps(int to, int a, Address b) {
        vector(NO_PREFIX, MAP_0F, 0x5C, to, a, b);
    }

    /** b where a is no number. */
    public void vmaxps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0x5F, to, a, b);
    }

    /** b where a is no number. */
    public void vmaxps(int to, int a, Address b) {
        vector(NO_PREFIX, MAP_0F, 0x5F, to, a, b);
    }

    /** b where a is no number. */
    public void vminps(int to, int a, Address b) {
        vector(NO_PREFIX, MAP_0F, 0x5D, to, a, b);
    }

    public void vmulps(int to, int a, int b) {
        vector(NO_PREFIX, MAP_0F, 0x59, to, a, b);
    }

    public void vmulps(int to, int a, Address b) {
        vector(NO_PREFIX, MAP_0F, 0x59, to, a, b);
    }

    /** {@code to = to * a + b}. */
    public void vfmadd213ps(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F38, 0xA8, to, a, b);
    }

    /** {@code to = to * a + b}. */
    public void vfmadd213ps(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F38, 0xA8, to, a, b);
    }

    /** {@code to += a * b}. */
    public void vfmadd231ps(int to, int a, int b) {
        vector(PREFIX_66, MAP_0F38, 0xB8, to, a, b);
    }

    /** {@code to += a * b}. */
    public void vfmadd231ps(int to, int a, Address b) {
        vector(PREFIX_66, MAP_0F38, 0xB8, to, a, b);
    }

    /** Has a line come to the nearest cache; an address that does not exist does no harm. */
    public void prefetcht0(Address from) {
        write(REX | (from.index() == null ? 0 : high(from.index().ordinal())) << 1 | high(from.base().ordinal()), 0x0F, 0x18);
        operand(1, from);
    }

    public void vzeroupper() {
        write(0xC5, 0xF8, 0x77);
    }

    public void mov(GeneralRegister to, GeneralRegister from) {
        write(REX_W | high(from.ordinal()) << 2 | high(to.ordinal()), 0x89, IS_REGISTER << 6 | low(from.ordinal()) << 3 | low(to.ordinal()));
    }

    public void mov(GeneralRegister to, Address from) {
        general(0x8B, to, from);
    }

    public void lea(GeneralRegister to, Address from) {
        general(0x8D, to, from);
    }

    public void add(GeneralRegister to, GeneralRegister from) {
        write(REX_W | high(from.ordinal()) << 2 | high(to.ordinal()), 0x01, IS_REGISTER << 6 | low(from.ordinal()) << 3 | low(to.ordinal()));
    }

    public void add(GeneralRegister to, int constant) {
        write(REX_W | high(to.ordinal()), 0x81, IS_REGISTER << 6 | low(to.ordinal()));
        write32(constant);
    }

    public void sub(GeneralRegister to, GeneralRegister from) {
        write(REX_W | high(from.ordinal()) << 2 | high(to.ordinal()), 0x29, IS_REGISTER << 6 | low(from.ordinal()) << 3 | low(to.ordinal()));
    }

    public void and(GeneralRegister to, int constant) {
        write(REX_W | high(to.ordinal()), 0x81, IS_REGISTER << 6 | 4 << 3 | low(to.ordinal()));
        write32(constant);
    }

    /** Counts down. */
    public void dec(GeneralRegister register) {
        write(REX_W | high(register.ordinal()), 0xFF, IS_REGISTER << 6 | 1 << 3 | low(register.ordinal()));
    }

    /** Goes to a place written before, unless the last count was 0. */
    public void jnz(int position) {
        write(0x0F, 0x85);
        write32(position - code.size() - Integer.BYTES);
    }

    public void push(GeneralRegister register) {
        write(REX | high(register.ordinal()), 0x50 | low(register.ordinal()));
    }

    public void pop(GeneralRegister register) {
        write(REX | high(register.ordinal()), 0x58 | low(register.ordinal()));
    }

    public void ret() {
        write(0xC3);
    }

    private void general(int operation, GeneralRegister register, Address address) {
        int index = address.index() == null ? 0 : address.index().ordinal();
        write(REX_W | high(register.ordinal()) << 2 | high(index) << 1 | high(address.base().ordinal()), operation);
        operand(register.ordinal(), address);
    }

    private void vector(int prefix, int map, int operation, int register, int second, int third) {
        prefix(prefix, map, register, second, 0, high(third));
        write(operation, IS_REGISTER << 6 | low(register) << 3 | low(third));
    }

    private void vector(int prefix, int map, int operation, int register, int second, Address address) {
        prefix(prefix, map, register, second, address.index() == null ? 0 : high(address.index().ordinal()), high(address.base().ordinal()));
        write(operation);
        operand(register, address);
    }

    /** VEX in three bytes; the bits of register numbers stand there inverted. */
    private void prefix(int prefix, int map, int register, int second, int index, int base) {
        int inverted = (high(register) << 7 | index << 6 | base << 5) ^ 0b1110_0000;
        write(0xC4, inverted | map, second << 3 ^ 0b0111_1000 | VECTOR_32 | prefix);
    }

    /** Always with a displacement of 32 bits. */
    void operand(int register, Address address) {
        boolean sib = address.index() != null || low(address.base().ordinal()) == BY_SIB;
        write(HAS_DISPLACEMENT << 6 | low(register) << 3 | (sib ? BY_SIB : low(address.base().ordinal())));
        if (sib) {
            write(Integer.numberOfTrailingZeros(address.scale()) << 6 | (address.index() == null ? NO_INDEX : low(address.index().ordinal())) << 3
                    | low(address.base().ordinal()));
        }
        write32(address.displacement());
    }

    static int low(int register) {
        return register & 0b111;
    }

    private static int high(int register) {
        return register >> 3 & 1;
    }

    void write(int... bytes) {
        for (int value : bytes) {
            code.write(value);
        }
    }

    private void write32(int value) {
        write(value, value >> 8, value >> 16, value >> 24);
    }
}
