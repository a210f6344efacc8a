package dev.cadenza.engine.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Products of float32 matrices by {@link Brgemm}. An output sums a call's products one behind the other in the order of inputs: its bits do not depend
 * on the rows and outputs beside it, and inputs of zero at the end change nothing. Any thread.
 */
final class FloatProducts {
    private static final String TYPES = "PKfS3_Pf";
    /** Rows of a call: the fewer shapes, the fewer kernels. */
    private static final int ROWS = 64;

    private final MethodHandle brgemm;

    private FloatProducts(MethodHandle brgemm) {
        this.brgemm = brgemm;
    }

    /** Nothing where {@link Brgemm} finds none. */
    static Optional<FloatProducts> find() {
        return Brgemm.find(TYPES, ValueLayout.ADDRESS).map(FloatProducts::new);
    }

    /** A matrix of floats, on the heap or not: row r from element {@code r * stride} of the memory on. */
    record Matrix(MemorySegment memory, int stride) {

        static Matrix of(float[] values, int at, int stride) {
            return of(MemorySegment.ofArray(values), at, stride);
        }

        static Matrix of(MemorySegment memory, long at, int stride) {
            return new Matrix(memory.asSlice(Float.BYTES * at), stride);
        }

        /** Native code would not notice where the memory ends. */
        private MemorySegment rows(int from, int count, int columns) {
            return memory.asSlice((long) Float.BYTES * from * stride, Float.BYTES * ((count - 1L) * stride + columns));
        }
    }

    /**
     * c = a . b, or c + (a . b).
     *
     * @param a [rows, inputs]
     * @param b [inputs, outputs]; quickest where rows are aligned to 64 bytes
     * @param c [rows, outputs]
     * @throws IndexOutOfBoundsException a matrix is smaller than that
     */
    void multiply(int rows, int outputs, int inputs, Matrix a, Matrix b, Matrix c, boolean add) {
        int count;
        for (int row = 0; row < rows; row += count) {
            count = Math.min(ROWS, Integer.highestOneBit(rows - row));
            try {
                brgemm.invokeExact((long) count, (long) outputs, (long) inputs, (long) a.stride, (long) b.stride, (long) c.stride, add,
                        a.rows(row, count, inputs), b.rows(0, inputs, outputs), c.rows(row, count, outputs), false);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
