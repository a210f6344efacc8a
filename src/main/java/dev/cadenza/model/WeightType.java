package dev.cadenza.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Element formats that can be read, each dequantised exactly. Blocks run along a row; multi-byte fields are little-endian. */
public enum WeightType {
    /** IEEE 754 single precision. */
    F32(1, 4),
    /** IEEE 754 half precision. */
    F16(1, 2),
    /** The upper half of a single. */
    BF16(1, 2),
    /** 32 elements {@code d * (q - 8)}: F16 d, 16 bytes whose low nibbles are q of elements 0..15 and high nibbles of 16..31. */
    Q4_0(32, 18),
    /** 32 elements {@code d * q + m}: F16 d, F16 m, nibbles as in Q4_0. */
    Q4_1(32, 20),
    /** 32 elements {@code d * (q - 16)}: F16 d, 32 bits that are bit 4 of q, nibbles as in Q4_0. */
    Q5_0(32, 22),
    /** 32 elements {@code d * q + m}: F16 d, F16 m, bits and nibbles as in Q5_0. */
    Q5_1(32, 24),
    /** 32 elements {@code d * q}: F16 d, 32 signed bytes q. */
    Q8_0(32, 34),
    /**
     * 8 groups of 32 elements {@code d * s * q - e * m}: F16 d, F16 e, 12 bytes with the groups' s and m of 6 bits each, then 32 bytes for each
     * two groups, low nibbles q of the first, high nibbles of the second.
     */
    Q4_K(256, 144),
    /** As Q4_K with 32 more bytes before the nibbles: bit g of byte i is bit 4 of q of element i of group g. */
    Q5_K(256, 176),
    /**
     * 16 groups of 16 elements {@code d * s * (q - 32)}: 128 bytes of nibbles, 64 bytes with 2 upper bits each, 16 signed bytes s, F16 d. Of each
     * 128 elements the first 64 are low nibbles, the others high nibbles of 64 bytes; upper bits of elements i, 32 + i, 64 + i, 96 + i share byte i.
     */
    Q6_K(256, 210);

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat SINGLE = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat NATIVE = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final int blockElements;
    private final int blockBytes;

    WeightType(int blockElements, int blockBytes) {
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** Elements that are stored together; rows are whole blocks. */
    public int blockElements() {
        return blockElements;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /** @param elements a multiple of {@link #blockElements()} */
    public long bytes(long elements) {
        return elements / blockElements * blockBytes;
    }

    /** Bits of a signed code, 4 or 8, in the formats whose elements are {@code scale * code + base}; 0: elements are floats. */
    public int codeBits() {
        return switch (this) {
            case F32, F16, BF16 -> 0;
            case Q4_0, Q4_1, Q4_K -> 4;
            case Q5_0, Q5_1, Q5_K, Q6_K, Q8_0 -> 8;
        };
    }

    /** Elements that share scale and base in the formats of codes. */
    public int group() {
        return this == Q6_K ? 16 : 32;
    }

    /** What is taken from the codes as they are stored, so that they are signed and where possible have no base. */
    int middle() {
        return switch (this) {
            case Q4_0, Q4_1, Q4_K -> 8;
            case Q5_0 -> 16;
            case Q6_K -> 32;
            case F32, F16, BF16, Q5_1, Q5_K, Q8_0 -> 0;
        };
    }

    /**
     * Writes float32 values. Products of a half, a block's integer scale and a code fit a float32's 24 bits, so the sum of the formats that have
     * one rounds once and nothing else rounds.
     *
     * @param source   {@code bytes(elements)} bytes
     * @param elements a multiple of {@link #blockElements()}
     * @param target   native-order floats
     * @throws IndexOutOfBoundsException source or target is too small; nothing was written
     */
    void dequantise(MemorySegment source, long elements, MemorySegment target) {
        var from = source.asSlice(0, bytes(elements));
        var to = target.asSlice(0, elements * Float.BYTES);
        switch (this) {
            case F32 -> MemorySegment.copy(from, SINGLE, 0, to, NATIVE, 0, elements);
            case F16 -> halves(from, elements, to);
            case BF16 -> upperHalves(from, elements, to);
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K -> blocks(from, elements / blockElements, to);
        }
    }

    private static void halves(MemorySegment from, long elements, MemorySegment to) {
        for (long i = 0; i < elements; i++) {
            to.set(NATIVE, i * Float.BYTES, Float.float16ToFloat(from.get(SHORT, i * Short.BYTES)));
        }
    }

    private static void upperHalves(MemorySegment from, long elements, MemorySegment to) {
        for (long i = 0; i < elements; i++) {
            to.set(NATIVE, i * Float.BYTES, Float.intBitsToFloat(from.get(SHORT, i * Short.BYTES) << 16));
        }
    }

    private void blocks(MemorySegment from, long blocks, MemorySegment to) {
        var decoder = new BlockDecoder(this, from);
        for (long block = 0; block < blocks; block++) {
            float[] values = decoder.values(block * blockBytes);
            MemorySegment.copy(values, 0, to, NATIVE, block * blockElements * Float.BYTES, blockElements);
        }
    }
}
