package dev.cadenza.engine.machine;

/**
 * Writes, among an {@link Assembler}'s, the few instructions of AVX-512 that the kernels need. Vector registers have 64 bytes, unless they are said to be
 * halves, and numbers from 0 to 31; the assembler's are the halves of the first 16. One thread.
 */
public final class WideAssembler {
    private static final int ESCAPE = 0x62;
    private static final int VECTOR_32 = 0b01;
    private static final int VECTOR_64 = 0b10;
    private static final int BROADCAST = 1;

    private final Assembler assembler;

    /** @param assembler whose code these instructions become part of */
    public WideAssembler(Assembler assembler) {
        this.assembler = assembler;
    }

    public void vmovups(int to, int from) {
        vector(Assembler.NO_PREFIX, Assembler.MAP_0F, 0x10, to, 0, from);
    }

    public void vmovups(int to, Address from) {
        vector(Assembler.NO_PREFIX, Assembler.MAP_0F, 0x10, to, 0, from, 0);
    }

    public void vmovups(Address to, int from) {
        vector(Assembler.NO_PREFIX, Assembler.MAP_0F, 0x11, from, 0, to, 0);
    }

    public void vpxord(int to, int a, int b) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F, 0xEF, to, a, b);
    }

    public void vpbroadcastd(int to, Address from) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F38, 0x58, to, 0, from, 0);
    }

    public void vbroadcastss(int to, Address from) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F38, 0x18, to, 0, from, 0);
    }

    /** Bytes, those of a unsigned; four products that stand beside each other are added to a double word. */
    public void vpdpbusd(int to, int a, int b) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F38, 0x50, to, a, b);
    }

    /** Words; two products that stand beside each other are added to a double word. */
    public void vpdpwssd(int to, int a, int b) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F38, 0x52, to, a, b);
    }

    /** As {@link #vpdpwssd}, of halves. */
    public void vpdpwssdOfHalves(int to, int a, int b) {
        vector(VECTOR_32, Assembler.PREFIX_66, Assembler.MAP_0F38, 0x52, to, a, b);
    }

    public void vcvtdq2ps(int to, int from) {
        vector(Assembler.NO_PREFIX, Assembler.MAP_0F, 0x5B, to, 0, from);
    }

    public void vmulps(int to, int a, int b) {
        vector(Assembler.NO_PREFIX, Assembler.MAP_0F, 0x59, to, a, b);
    }

    /** {@code to = a * b}, b being one number for all lanes. */
    public void vmulpsOfOne(int to, int a, Address b) {
        vector(Assembler.NO_PREFIX, Assembler.MAP_0F, 0x59, to, a, b, BROADCAST);
    }

    /** {@code to += a * b}. */
    public void vfmadd231ps(int to, int a, int b) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F38, 0xB8, to, a, b);
    }

    /** {@code to += a * b}. */
    public void vfmadd231ps(int to, int a, Address b) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F38, 0xB8, to, a, b, 0);
    }

    /** {@code to += a * b}, b being one number for all lanes. */
    public void vfmadd231psOfOne(int to, int a, Address b) {
        vector(Assembler.PREFIX_66, Assembler.MAP_0F38, 0xB8, to, a, b, BROADCAST);
    }

    private void vector(int prefix, int map, int operation, int register, int second, int third) {
        vector(VECTOR_64, prefix, map, operation, register, second, third);
    }

    private void vector(int length, int prefix, int map, int operation, int register, int second, int third) {
        prefix(prefix, map, register, second, bit(third, 4), bit(third, 3), length << 1);
        assembler.write(operation, Assembler.IS_REGISTER << 6 | Assembler.low(register) << 3 | Assembler.low(third));
    }

    private void vector(int prefix, int map, int operation, int register, int second, Address address, int broadcast) {
        int index = address.index() == null ? 0 : bit(address.index().ordinal(), 3);
        prefix(prefix, map, register, second, index, bit(address.base().ordinal(), 3), VECTOR_64 << 1 | broadcast);
        assembler.write(operation);
        // A displacement of 32 bits is in bytes here, too.
        assembler.operand(register, address);
    }

    /** EVEX in four bytes, without masks; the bits of register numbers stand there inverted. */
    private void prefix(int prefix, int map, int register, int second, int index, int base, int lengthAndBroadcast) {
        int inverted = (bit(register, 3) << 7 | index << 6 | base << 5 | bit(register, 4) << 4) ^ 0b1111_0000;
        assembler.write(ESCAPE, inverted | map, (second & 0b1111) << 3 ^ 0b0111_1000 | 0b100 | prefix,
                lengthAndBroadcast << 4 | (bit(second, 4) ^ 1) << 3);
    }

    private static int bit(int register, int place) {
        return register >> place & 1;
    }
}
