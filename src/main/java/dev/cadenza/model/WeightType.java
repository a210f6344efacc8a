package dev.cadenza.model;

import java.lang.foreign.MemorySegment;

/** Element formats that can be read, each dequantised exactly. Blocks run along a row. */
public enum WeightType {
    F32(1, 4), F16(1, 2), Q4_1(32, 20), Q8_0(32, 34);

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

    /** Writes {@code elements} float32 values. */
    void dequantise(MemorySegment source, long elements, MemorySegment target) {
        throw new UnsupportedOperationException("written by the model room");
    }
}
