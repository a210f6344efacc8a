package dev.cadenza.engine.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products with weights that are codes with a scale and a base per group of inputs: {@code scale * code + base}. Lanes are outputs, so that no sum
 * over lanes is taken: an output adds its inputs in their order, whatever the width of the registers and whoever shares the call.
 * Within a group codes times inputs are added first; the group's scale and base come once.
 *
 * <p>The loops over codes step by a parameter, {@code one}: unrolled by the compiler they would load all inputs first and spill.
 */
final class CodeKernel {
    /** On every processor, so that all have one form of the weights; with registers of 512 bits two cores of an EPYC were slower by a tenth. */
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    /** Outputs of a block. */
    static final int LANES = FLOATS.length();
    /** Of a block's word, scales or bases. */
    static final long BYTES = 4L * LANES;

    /** Not final, so that the compiler does not know it. */
    private static int one = 1;

    /** Blocks [from, to). */
    record Span(int from, int to) {
    }

    private CodeKernel() {
    }

    /**
     * A tile of rows.
     *
     * @param codes  [blocks, groups, words, lanes]: words of 32 bits, a group's first code highest in its first word, signed
     * @param scales [blocks, groups, 2, lanes]: scales, then bases
     * @param bits   of a code, 4 or 8
     * @param words  of a group
     * @param rows   1, 2, 4 or 8
     * @param x      inputs from {@code xAt}: [inputs, rows]
     * @param sums   of each group's inputs from {@code sumsAt}: [groups, rows]
     * @param y      outputs, the first row's from {@code yAt}, rows {@code stride} apart
     * @param outputs of the weight; the last block may have fewer than lanes
     */
    static void multiply(MemorySegment codes, MemorySegment scales, int bits, int words, int groups, Span blocks, int rows, float[] x, int xAt,
            float[] sums, int sumsAt, float[] y, int yAt, int stride, int outputs) {
        switch (rows) {
            case 1 -> oneRow(codes, scales, bits, words, groups, blocks, x, xAt, sums, sumsAt, y, yAt, stride, outputs, one);
            case 2 -> twoRows(codes, scales, bits, words, groups, blocks, x, xAt, sums, sumsAt, y, yAt, stride, outputs, one);
            case 4 -> fourRows(codes, scales, bits, words, groups, blocks, x, xAt, sums, sumsAt, y, yAt, stride, outputs, one);
            case 8 -> eightRows(codes, scales, bits, words, groups, blocks, x, xAt, sums, sumsAt, y, yAt, stride, outputs, one);
            default -> throw new IllegalArgumentException("no tile of " + rows + " rows");
        }
    }

    private static void oneRow(MemorySegment codes, MemorySegment scales, int bits, int words, int groups, Span blocks, float[] x, int xAt,
            float[] sums, int sumsAt, float[] y, int yAt, int stride, int outputs, int one) {
        int top = Integer.SIZE - bits;
        int perWord = Integer.SIZE / bits;
        for (int block = blocks.from(); block < blocks.to(); block++) {
            long code = (long) block * groups * words * BYTES;
            long scale = (long) block * groups * 2 * BYTES;
            FloatVector zero = FloatVector.zero(FLOATS);
            FloatVector y0 = zero;
            int at = xAt;
            int sum = sumsAt;
            for (int group = 0; group < groups; group++) {
                FloatVector s0 = zero;
                int word = 0;
                do {
                    IntVector packed = IntVector.fromMemorySegment(INTS, codes, code, ByteOrder.LITTLE_ENDIAN);
                    code += BYTES;
                    FloatVector weight;
                    if (bits == 4) {
                        weight = (FloatVector) packed.lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 0]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 4).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 1]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 2]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 12).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 3]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 4]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 20).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 5]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 6]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 28).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 7]), s0);
                        at += 8;
                    } else {
                        weight = (FloatVector) packed.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 0]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 1]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 2]), s0);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 3]), s0);
                        at += 4;
                    }
                    word += one;
                } while (word < words);
                FloatVector step = FloatVector.fromMemorySegment(FLOATS, scales, scale, ByteOrder.LITTLE_ENDIAN);
                FloatVector base = FloatVector.fromMemorySegment(FLOATS, scales, scale + BYTES, ByteOrder.LITTLE_ENDIAN);
                scale += 2 * BYTES;
                y0 = base.fma(FloatVector.broadcast(FLOATS, sums[sum]), step.fma(s0, y0));
                sum += 1;
            }
            int to = yAt + block * LANES;
            VectorMask<Float> real = FLOATS.indexInRange(block * LANES, outputs);
            y0.intoArray(y, to, real);
        }
    }

    private static void twoRows(MemorySegment codes, MemorySegment scales, int bits, int words, int groups, Span blocks, float[] x, int xAt,
            float[] sums, int sumsAt, float[] y, int yAt, int stride, int outputs, int one) {
        int top = Integer.SIZE - bits;
        int perWord = Integer.SIZE / bits;
        for (int block = blocks.from(); block < blocks.to(); block++) {
            long code = (long) block * groups * words * BYTES;
            long scale = (long) block * groups * 2 * BYTES;
            FloatVector zero = FloatVector.zero(FLOATS);
            FloatVector y0 = zero, y1 = zero;
            int at = xAt;
            int sum = sumsAt;
            for (int group = 0; group < groups; group++) {
                FloatVector s0 = zero, s1 = zero;
                int word = 0;
                do {
                    IntVector packed = IntVector.fromMemorySegment(INTS, codes, code, ByteOrder.LITTLE_ENDIAN);
                    code += BYTES;
                    FloatVector weight;
                    if (bits == 4) {
                        weight = (FloatVector) packed.lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 0]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 1]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 4).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 2]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 3]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 4]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 5]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 12).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 6]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 7]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 8]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 9]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 20).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 10]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 11]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 12]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 13]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 28).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 14]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 15]), s1);
                        at += 16;
                    } else {
                        weight = (FloatVector) packed.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 0]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 1]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 2]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 3]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 4]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 5]), s1);
                        weight = (FloatVector) packed.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 6]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 7]), s1);
                        at += 8;
                    }
                    word += one;
                } while (word < words);
                FloatVector step = FloatVector.fromMemorySegment(FLOATS, scales, scale, ByteOrder.LITTLE_ENDIAN);
                FloatVector base = FloatVector.fromMemorySegment(FLOATS, scales, scale + BYTES, ByteOrder.LITTLE_ENDIAN);
                scale += 2 * BYTES;
                y0 = base.fma(FloatVector.broadcast(FLOATS, sums[sum]), step.fma(s0, y0));
                y1 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 1]), step.fma(s1, y1));
                sum += 2;
            }
            int to = yAt + block * LANES;
            VectorMask<Float> real = FLOATS.indexInRange(block * LANES, outputs);
            y0.intoArray(y, to, real);
            y1.intoArray(y, to + stride, real);
        }
    }

    private static void fourRows(MemorySegment codes, MemorySegment scales, int bits, int words, int groups, Span blocks, float[] x, int xAt,
            float[] sums, int sumsAt, float[] y, int yAt, int stride, int outputs, int one) {
        int top = Integer.SIZE - bits;
        int perWord = Integer.SIZE / bits;
        for (int block = blocks.from(); block < blocks.to(); block++) {
            long code = (long) block * groups * words * BYTES;
            long scale = (long) block * groups * 2 * BYTES;
            FloatVector zero = FloatVector.zero(FLOATS);
            FloatVector y0 = zero, y1 = zero, y2 = zero, y3 = zero;
            int at = xAt;
            int sum = sumsAt;
            for (int group = 0; group < groups; group++) {
                FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
                int word = 0;
                do {
                    IntVector packed = IntVector.fromMemorySegment(INTS, codes, code, ByteOrder.LITTLE_ENDIAN);
                    code += BYTES;
                    int taken = 0;
                    do {
                        var weight = (FloatVector) packed.lanewise(VectorOperators.ASHR, top).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 1]), s1);
                        s2 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 2]), s2);
                        s3 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 3]), s3);
                        packed = packed.lanewise(VectorOperators.LSHL, bits);
                        at += 4;
                        taken += one;
                    } while (taken < perWord);
                    word += one;
                } while (word < words);
                FloatVector step = FloatVector.fromMemorySegment(FLOATS, scales, scale, ByteOrder.LITTLE_ENDIAN);
                FloatVector base = FloatVector.fromMemorySegment(FLOATS, scales, scale + BYTES, ByteOrder.LITTLE_ENDIAN);
                scale += 2 * BYTES;
                y0 = base.fma(FloatVector.broadcast(FLOATS, sums[sum]), step.fma(s0, y0));
                y1 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 1]), step.fma(s1, y1));
                y2 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 2]), step.fma(s2, y2));
                y3 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 3]), step.fma(s3, y3));
                sum += 4;
            }
            int to = yAt + block * LANES;
            VectorMask<Float> real = FLOATS.indexInRange(block * LANES, outputs);
            y0.intoArray(y, to, real);
            y1.intoArray(y, to + stride, real);
            y2.intoArray(y, to + 2 * stride, real);
            y3.intoArray(y, to + 3 * stride, real);
        }
    }

    private static void eightRows(MemorySegment codes, MemorySegment scales, int bits, int words, int groups, Span blocks, float[] x, int xAt,
            float[] sums, int sumsAt, float[] y, int yAt, int stride, int outputs, int one) {
        int top = Integer.SIZE - bits;
        int perWord = Integer.SIZE / bits;
        for (int block = blocks.from(); block < blocks.to(); block++) {
            long code = (long) block * groups * words * BYTES;
            long scale = (long) block * groups * 2 * BYTES;
            FloatVector zero = FloatVector.zero(FLOATS);
            FloatVector y0 = zero, y1 = zero, y2 = zero, y3 = zero;
            FloatVector y4 = zero, y5 = zero, y6 = zero, y7 = zero;
            int at = xAt;
            int sum = sumsAt;
            for (int group = 0; group < groups; group++) {
                FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
                FloatVector s4 = zero, s5 = zero, s6 = zero, s7 = zero;
                int word = 0;
                do {
                    IntVector packed = IntVector.fromMemorySegment(INTS, codes, code, ByteOrder.LITTLE_ENDIAN);
                    code += BYTES;
                    int taken = 0;
                    do {
                        var weight = (FloatVector) packed.lanewise(VectorOperators.ASHR, top).convert(VectorOperators.I2F, 0);
                        s0 = weight.fma(FloatVector.broadcast(FLOATS, x[at]), s0);
                        s1 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 1]), s1);
                        s2 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 2]), s2);
                        s3 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 3]), s3);
                        s4 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 4]), s4);
                        s5 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 5]), s5);
                        s6 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 6]), s6);
                        s7 = weight.fma(FloatVector.broadcast(FLOATS, x[at + 7]), s7);
                        packed = packed.lanewise(VectorOperators.LSHL, bits);
                        at += 8;
                        taken += one;
                    } while (taken < perWord);
                    word += one;
                } while (word < words);
                FloatVector step = FloatVector.fromMemorySegment(FLOATS, scales, scale, ByteOrder.LITTLE_ENDIAN);
                FloatVector base = FloatVector.fromMemorySegment(FLOATS, scales, scale + BYTES, ByteOrder.LITTLE_ENDIAN);
                scale += 2 * BYTES;
                y0 = base.fma(FloatVector.broadcast(FLOATS, sums[sum]), step.fma(s0, y0));
                y1 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 1]), step.fma(s1, y1));
                y2 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 2]), step.fma(s2, y2));
                y3 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 3]), step.fma(s3, y3));
                y4 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 4]), step.fma(s4, y4));
                y5 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 5]), step.fma(s5, y5));
                y6 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 6]), step.fma(s6, y6));
                y7 = base.fma(FloatVector.broadcast(FLOATS, sums[sum + 7]), step.fma(s7, y7));
                sum += 8;
            }
            int to = yAt + block * LANES;
            VectorMask<Float> real = FLOATS.indexInRange(block * LANES, outputs);
            y0.intoArray(y, to, real);
            y1.intoArray(y, to + stride, real);
            y2.intoArray(y, to + 2 * stride, real);
            y3.intoArray(y, to + 3 * stride, real);
            y4.intoArray(y, to + 4 * stride, real);
            y5.intoArray(y, to + 5 * stride, real);
            y6.intoArray(y, to + 6 * stride, real);
            y7.intoArray(y, to + 7 * stride, real);
        }
    }

    /**
     * Takes a block's codes of some groups apart.
     *
     * @param codes  from byte {@code at} on, as {@link #multiply} has them
     * @param words  of these groups
     * @param target receives a vector per input from {@code to} on, {@code step} floats apart
     */
    static void takeApart(MemorySegment codes, long at, int bits, int words, float[] target, int to, int step) {
        int into = to;
        for (int word = 0; word < words; word++) {
            IntVector packed = IntVector.fromMemorySegment(INTS, codes, at + word * BYTES, ByteOrder.LITTLE_ENDIAN);
            if (bits == 4) {
                ((FloatVector) packed.lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 4).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into + step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into + 2 * step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 12).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into + 3 * step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into + 4 * step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 20).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into + 5 * step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into + 6 * step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 28).lanewise(VectorOperators.ASHR, 28).convert(VectorOperators.I2F, 0)).intoArray(target, into + 7 * step);
                into += 8 * step;
            } else {
                ((FloatVector) packed.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).intoArray(target, into);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).intoArray(target, into + step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).intoArray(target, into + 2 * step);
                ((FloatVector) packed.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).intoArray(target, into + 3 * step);
                into += 4 * step;
            }
        }
    }
}
