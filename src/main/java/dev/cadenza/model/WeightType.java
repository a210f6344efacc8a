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
    /** 32 elements {@code d * q + m}: F16 d, F16 m, 16 bytes whose low nibbles are q of elements 0..15 and high nibbles of 16..31. */
    Q4_1(32, 20),
    /** 32 elements {@code d * q}: F16 d, 32 signed bytes q. */
    Q8_0(32, 34);

    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat SINGLE = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat NATIVE = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final int blockElements;
    private final int blockBytes;

    WeightType(int blockElements, int blockBytes) {
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** Elements that share their scale. */
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

    /**
     * Writes float32 values. Products of a half and an integer code are exact in float32, so Q4_1's sum rounds once and nothing else rounds.
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
            case F32 -> singles(from, elements, to);
            case F16 -> halves(from, elements, to);
            case Q4_1 -> fourBitBlocks(from, elements / blockElements, to);
            case Q8_0 -> eightBitBlocks(from, elements / blockElements, to);
        }
    }

    private static void singles(MemorySegment from, long elements, MemorySegment to) {
        for (long i = 0; i < elements; i++) {
            to.set(NATIVE, i * Float.BYTES, from.get(SINGLE, i * Float.BYTES));
        }
    }

    private static void halves(MemorySegment from, long elements, MemorySegment to) {
        for (long i = 0; i < elements; i++) {
            to.set(NATIVE, i * Float.BYTES, half(from, i * Short.BYTES));
        }
    }

    private static void fourBitBlocks(MemorySegment from, long blocks, MemorySegment to) {
        for (long block = 0; block < blocks; block++) {
            long at = block * Q4_1.blockBytes;
            long out = block * Q4_1.blockElements * Float.BYTES;
            float scale = half(from, at);
            float minimum = half(from, at + 2);
            for (int i = 0; i < 16; i++) {
                int pair = from.get(ValueLayout.JAVA_BYTE, at + 4 + i);
                to.set(NATIVE, out + (long) i * Float.BYTES, scale * (pair & 15) + minimum);
                to.set(NATIVE, out + (long) (i + 16) * Float.BYTES, scale * (pair >> 4 & 15) + minimum);
            }
        }
    }

    private static void eightBitBlocks(MemorySegment from, long blocks, MemorySegment to) {
        for (long block = 0; block < blocks; block++) {
            long at = block * Q8_0.blockBytes;
            long out = block * Q8_0.blockElements * Float.BYTES;
            float scale = half(from, at);
            for (int i = 0; i < 32; i++) {
                to.set(NATIVE, out + (long) i * Float.BYTES, scale * from.get(ValueLayout.JAVA_BYTE, at + 2 + i));
            }
        }
    }

    private static float half(MemorySegment from, long at) {
        return Float.float16ToFloat(from.get(HALF, at));
    }
}
