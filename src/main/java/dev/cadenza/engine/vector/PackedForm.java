package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import dev.cadenza.model.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Rows of a weight as a kernel reads them, in blocks of a register's lanes, without loss. Whoever changes a form counts {@link #VERSION} up. */
sealed interface PackedForm {
    /** Of what {@link #pack} writes, which outlasts a process ({@link DecoderWeights#file}). */
    int VERSION = 1;

    /**
     * What kernels tell forms apart by.
     *
     * @param bits  of a code; 32: of a float
     * @param group inputs that share a scale
     */
    record Format(int bits, int group) {
    }

    /** As {@link CodeKernel} wants it. */
    record Codes(MemorySegment codes, MemorySegment scales, int bits, int group) implements PackedForm {
        @Override
        public Format format() {
            return new Format(bits, group);
        }

        @Override
        public long bytes() {
            return codes.byteSize() + scales.byteSize();
        }
    }

    /** As {@link FloatKernel} wants it. */
    record Floats(MemorySegment weights) implements PackedForm {
        @Override
        public Format format() {
            return new Format(Float.SIZE, FloatKernel.GROUP);
        }

        @Override
        public long bytes() {
            return weights.byteSize();
        }
    }

    Format format();

    long bytes();

    /** Writes an output's weights, so many inputs' of them, to the target from {@code to} on. */
    default void read(int output, int inputs, float[] target, int to) {
        long block = output / LANES;
        long lane = (long) Float.BYTES * (output % LANES);
        switch (this) {
            case Codes(MemorySegment codes, MemorySegment scales, int bits, int group) -> {
                int perWord = Integer.SIZE / bits;
                for (int i = 0; i < inputs; i++) {
                    int word = codes.get(ValueLayout.JAVA_INT, (block * (inputs / perWord) + i / perWord) * BYTES + lane);
                    int code = word << i % perWord * bits >> Integer.SIZE - bits;
                    long scale = (block * (inputs / group) + i / group) * 2 * BYTES + lane;
                    target[to + i] = scales.get(ValueLayout.JAVA_FLOAT, scale) * code + scales.get(ValueLayout.JAVA_FLOAT, scale + BYTES);
                }
            }
            case Floats(MemorySegment weights) -> {
                for (int i = 0; i < inputs; i++) {
                    target[to + i] = weights.get(ValueLayout.JAVA_FLOAT, (block * inputs + i) * BYTES + lane);
                }
            }
        }
    }

    /**
     * @param room   {@link #bytes(WeightRows)} of memory, which the form keeps
     * @param filled whether it holds the form already, and may be read-only
     */
    static PackedForm pack(WeightRows rows, MemorySegment room, boolean filled) {
        Weight weight = rows.weight();
        int bits = weight.type().codeBits();
        if (bits == 0) {
            if (!filled) {
                writeFloats(rows, room);
            }
            return new Floats(room);
        }
        int group = weight.type().group();
        long codeBytes = BYTES * words(group, bits) * (weight.columns() / group) * blocks(rows.order().length);
        MemorySegment codes = room.asSlice(0, codeBytes);
        MemorySegment scales = room.asSlice(codeBytes);
        if (!filled) {
            writeCodes(rows, bits, group, codes, scales);
        }
        return new Codes(codes, scales, bits, group);
    }

    /** Bytes that {@link #pack} needs. */
    static long bytes(WeightRows rows) {
        Weight weight = rows.weight();
        long blockBytes = weight.type().codeBits() == 0 ? BYTES * weight.columns()
                : BYTES * weight.columns() / weight.type().group() * (words(weight.type().group(), weight.type().codeBits()) + 2);
        return blockBytes * blocks(rows.order().length);
    }

    /** Blocks of lanes, the last one perhaps not full. */
    static int blocks(int outputs) {
        return (outputs + LANES - 1) / LANES;
    }

    private static int words(int group, int bits) {
        return group * bits / Integer.SIZE;
    }

    private static void writeCodes(WeightRows rows, int bits, int group, MemorySegment codes, MemorySegment scales) {
        Weight weight = rows.weight();
        int groups = weight.columns() / group;
        int words = groups * words(group, bits);
        var rowWords = new int[words];
        var rowScales = new float[groups];
        var rowBases = new float[groups];
        // A block is made in arrays, which code that is not compiled yet fills faster.
        var blockWords = new int[words * LANES];
        var blockScales = new float[2 * groups * LANES];
        int outputs = rows.order().length;
        for (int first = 0; first < outputs; first += LANES) {
            for (int lane = 0; lane < Math.min(LANES, outputs - first); lane++) {
                weight.groups(rows.order()[first + lane], rowWords, rowScales, rowBases);
                for (int at = 0; at < words; at++) {
                    blockWords[at * LANES + lane] = rowWords[at];
                }
                for (int at = 0; at < groups; at++) {
                    blockScales[2 * at * LANES + lane] = rowScales[at];
                    blockScales[(2 * at + 1) * LANES + lane] = rowBases[at];
                }
            }
            long block = first / LANES;
            MemorySegment.copy(blockWords, 0, codes, ValueLayout.JAVA_INT, block * words * BYTES, blockWords.length);
            MemorySegment.copy(blockScales, 0, scales, ValueLayout.JAVA_FLOAT, block * 2 * groups * BYTES, blockScales.length);
        }
    }

    private static void writeFloats(WeightRows rows, MemorySegment weights) {
        Weight weight = rows.weight();
        int columns = weight.columns();
        float[] row = new float[columns];
        for (int output = 0; output < rows.order().length; output++) {
            weight.dequantise(rows.order()[output], 1, MemorySegment.ofArray(row));
            long first = (long) (output / LANES) * columns * BYTES + 4L * (output % LANES);
            for (int input = 0; input < columns; input++) {
                weights.set(ValueLayout.JAVA_FLOAT, first + input * BYTES, row[input]);
            }
        }
    }
}
