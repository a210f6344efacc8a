package dev.cadenza.engine.vector;

import static dev.cadenza.engine.vector.CodeKernel.BYTES;
import static dev.cadenza.engine.vector.CodeKernel.FLOATS;
import static dev.cadenza.engine.vector.CodeKernel.INTS;
import static dev.cadenza.engine.vector.CodeKernel.LANES;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of many rows with a strip of outputs, whose weights are turned into plain floats first. Room of one thread.
 */
final class StripProducts {
    /** Of a strip. */
    static final int OUTPUTS = 64;
    /** Bytes from an input's weights to the next one's. */
    private static final long ROW = (long) Float.BYTES * OUTPUTS;
    /** Inputs whose weights stay in the second cache while all rows pass. */
    private static final int MOST_INPUTS = 768;
    /** A group's, at most. */
    private static final int GROUP = 32;

    /** Not final, so that the compiler does not know it. */
    private static int one = 1;

    private final FloatProducts products;
    /** [inputs, {@link #OUTPUTS}]. */
    private final MemorySegment weights;
    /** [2, rows, {@link #OUTPUTS}]. */
    private float[] gateUp = new float[0];

    /** @param arena owns the room */
    StripProducts(FloatProducts products, Arena arena) {
        this.products = products;
        weights = arena.allocate((long) MOST_INPUTS * OUTPUTS * Float.BYTES, 64);
    }

    /**
     * @param strip  index of the weight's
     * @param real   its outputs
     * @param inputs of the weight
     * @param rows   of x, which is [rows, inputs] from {@code xAt} on
     * @param y      receives row r's from {@code yAt + r * stride} on
     */
    void multiply(PackedForm form, int strip, int real, int inputs, int rows, float[] x, int xAt, float[] y, int yAt, int stride) {
        int parts = (inputs + MOST_INPUTS - 1) / MOST_INPUTS;
        int step = (inputs + GROUP * parts - 1) / (GROUP * parts) * GROUP;
        for (int first = 0; first < inputs; first += step) {
            int count = Math.min(step, inputs - first);
            for (int i = 0; i * LANES < real; i++) {
                int block = strip * (OUTPUTS / LANES) + i;
                switch (form) {
                    case PackedForm.Codes codes -> takeApart(codes, block, inputs, first, count, weights, 4L * i * LANES, one);
                    case PackedForm.Floats(MemorySegment floats) -> copy(floats, ((long) block * inputs + first) * BYTES, count, weights, 4L * i * LANES);
                }
            }
            products.multiply(rows, real, count, Matrix.of(x, xAt + first, inputs), new Matrix(weights, OUTPUTS), Matrix.of(y, yAt, stride), first > 0);
        }
    }

    /**
     * The same for two weights beside each other: silu(first's output) * second's.
     *
     * @param out receives row r's from {@code outAt + r * stride} on
     */
    void multiplyGated(PackedForm gate, PackedForm up, int strip, int real, int inputs, int rows, float[] x, int xAt, float[] out, int outAt, int stride) {
        int size = rows * OUTPUTS;
        if (gateUp.length < 2 * size) {
            gateUp = new float[2 * size];
        }
        multiply(gate, strip, real, inputs, rows, x, xAt, gateUp, 0, OUTPUTS);
        multiply(up, strip, real, inputs, rows, x, xAt, gateUp, size, OUTPUTS);
        for (int row = 0; row < rows; row++) {
            RowKernels.gate(gateUp, row * OUTPUTS, size, 0, real, out, outAt + row * stride);
        }
    }

    /**
     * Writes a block's weights of some inputs to every {@link #OUTPUTS}th float of the target. Four codes a round: of eight the compiler leaves some to
     * calls, whose vectors are objects then.
     *
     * @param one 1; the compiler does not know it, and so does not unroll
     */
    private static void takeApart(PackedForm.Codes form, int block, int inputs, int first, int count, MemorySegment target, long at, int one) {
        int bits = form.bits();
        int top = Integer.SIZE - bits;
        int quads = Integer.SIZE / bits / 4;
        int words = form.group() * bits / Integer.SIZE;
        int groups = count / form.group();
        long code = ((long) block * inputs + first) * bits / Integer.SIZE * BYTES;
        long scale = ((long) block * inputs + first) / form.group() * 2 * BYTES;
        long to = at;
        for (int group = 0; group < groups; group++) {
            FloatVector step = FloatVector.fromMemorySegment(FLOATS, form.scales(), scale, ByteOrder.LITTLE_ENDIAN);
            FloatVector base = FloatVector.fromMemorySegment(FLOATS, form.scales(), scale + BYTES, ByteOrder.LITTLE_ENDIAN);
            scale += 2 * BYTES;
            int word = 0;
            do {
                IntVector packed = IntVector.fromMemorySegment(INTS, form.codes(), code, ByteOrder.LITTLE_ENDIAN);
                code += BYTES;
                int quad = 0;
                do {
                    put(packed.lanewise(VectorOperators.ASHR, top), step, base, target, to);
                    put(packed.lanewise(VectorOperators.LSHL, bits).lanewise(VectorOperators.ASHR, top), step, base, target, to + ROW);
                    put(packed.lanewise(VectorOperators.LSHL, 2 * bits).lanewise(VectorOperators.ASHR, top), step, base, target, to + 2 * ROW);
                    put(packed.lanewise(VectorOperators.LSHL, 3 * bits).lanewise(VectorOperators.ASHR, top), step, base, target, to + 3 * ROW);
                    packed = packed.lanewise(VectorOperators.LSHL, 4 * bits);
                    to += 4 * ROW;
                    quad += one;
                } while (quad < quads);
                word += one;
            } while (word < words);
        }
    }

    private static void put(IntVector code, FloatVector step, FloatVector base, MemorySegment target, long at) {
        ((FloatVector) code.convert(VectorOperators.I2F, 0)).fma(step, base).intoMemorySegment(target, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static void copy(MemorySegment floats, long from, int count, MemorySegment target, long at) {
        for (int i = 0; i < count; i++) {
            FloatVector.fromMemorySegment(FLOATS, floats, from + i * BYTES, ByteOrder.LITTLE_ENDIAN)
                    .intoMemorySegment(target, at + i * ROW, ByteOrder.LITTLE_ENDIAN);
        }
    }
}
