package dev.cadenza.engine.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * silu(x * gate) * (x * up) for a group of outputs, by machine code in bytes, of a few rows at a time, so that the floats between the products and the
 * next linear's bytes never leave the nearest caches. Only where {@link Int8Strip#suits}. Room of one thread.
 */
final class Int8GatedStrip {
    /** What shares a step in the next linear's inputs. */
    static final int OUTPUTS = Int8Inputs.GROUP;
    /** At a time. */
    private static final int ROWS = 64;

    private final Int8Strip gate;
    private final Int8Strip up;
    /** [2, rows, outputs]: the gate's, where the gated ones come to stand; up's. */
    private final MemorySegment products;

    /** As {@link Int8Strip} has it. */
    Int8GatedStrip(Arena arena, int threads, boolean dotProducts) {
        gate = new Int8Strip(arena, threads, dotProducts);
        up = new Int8Strip(arena, threads, dotProducts);
        products = arena.allocate(2L * ROWS * OUTPUTS * Float.BYTES, 64);
    }

    /**
     * @param block the first of the outputs' in either form
     * @param from  of the rows of x
     * @param to    likewise
     * @param next  receives the same rows' inputs of these outputs
     */
    void multiply(PackedForm.Codes gateForm, PackedForm.Codes upForm, int block, Int8Inputs x, int from, int to, Int8Inputs next) {
        int end = block + OUTPUTS / CodeKernel.LANES;
        gate.take(gateForm, block, end, x.width());
        up.take(upForm, block, end, x.width());
        long half = products.byteSize() / 2;
        for (int row = from; row < to; row += ROWS) {
            int rows = Math.min(ROWS, to - row);
            gate.multiply(x, row, row + rows, products, 0, OUTPUTS);
            up.multiply(x, row, row + rows, products.asSlice(half), 0, OUTPUTS);
            RowCode.gate(products, rows * OUTPUTS, half, products);
            next.setGroup(row, rows, block * CodeKernel.LANES / Int8Inputs.GROUP, products);
        }
    }
}
