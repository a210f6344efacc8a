package dev.cadenza.engine.vector;

import dev.cadenza.engine.vector.FloatProducts.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Has the kernels compiled: interpreted ones are a thousand times slower. Small pieces of work for each of them, in tiles of every size, until they
 * are quick or patience ends. Takes a second or two, on the calling thread alone: the other cores are the compiler's.
 *
 * @param linears whose formats are wanted
 * @param group   query heads that share a key/value head
 * @param products what prompts are multiplied with, where there is any
 * @param integers what rows of all kinds are multiplied with, where there is any
 */
record WarmUp(List<Linear> linears, int headDim, int group, Optional<FloatProducts> products, Optional<IntegerProducts> integers) {
    private static final long LONGEST_NANOS = 2_000_000_000L;
    private static final int SLOTS = PromptAttention.ROWS;
    /** Numbers of rows that take the tiles of all sizes. */
    private static final int[] EVERY_TILE = {1, 2, 4, 8, InputPanel.MANY};
    private static final int WIDTH = TileKernel.INPUTS;
    /** So many that interpreted ones, at 3 microseconds each, are not taken for quick. */
    private static final int GATES = 1_024;
    private static final int QUICK_RUNS = 5;
    /** Compiled pieces take a tenth of it, interpreted ones ten times as long. */
    private static final long QUICK_NANOS = 400_000;
    private static final long PAUSE_NANOS = 2_000_000;

    /** A piece of work, and how often in a row it was quick. */
    private static final class Piece {
        private final Runnable work;
        private int quick;

        Piece(Runnable work) {
            this.work = work;
        }

        boolean warm() {
            return quick == QUICK_RUNS;
        }

        /** Runs until it is slow, so that what is compiled already takes no further round. */
        void run() {
            while (!warm()) {
                long start = System.nanoTime();
                work.run();
                if (System.nanoTime() - start > QUICK_NANOS) {
                    quick = 0;
                    return;
                }
                quick++;
            }
        }
    }

    void run() {
        try (Arena arena = Arena.ofConfined(); var threads = new KernelThreads(1); var attention = VectorDecoder.blockAttention(headDim, products).map(Supplier::get).orElse(null);
                var inputs = new LinearInputs(threads, integers, PromptInputs.all(threads, products))) {
            MemorySegment kv = arena.allocate((long) SLOTS * headDim * Float.BYTES, 64);
            long end = System.nanoTime() + LONGEST_NANOS;
            run(pieces(kv, arena, attention, inputs), end);
        }
    }

    private static void run(List<Piece> pieces, long end) {
        var cold = new ArrayDeque<>(pieces);
        while (!cold.isEmpty() && System.nanoTime() < end) {
            cold.removeIf(piece -> {
                piece.run();
                return piece.warm();
            });
            if (!cold.isEmpty()) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** @param kv keys, or values, of some slots */
    private List<Piece> pieces(MemorySegment kv, Arena arena, BlockAttention attention, LinearInputs inputs) {
        var pieces = new ArrayList<Piece>();
        for (Linear linear : linears) {
            for (int rows : EVERY_TILE) {
                pieces.add(new Piece(() -> multiply(linear, rows, 0, inputs)));
            }
            if (inputs.prefersPrompts(linear)) {
                pieces.add(new Piece(() -> multiply(linear, 1, 1, inputs)));
            }
        }
        pieces.addAll(attention(kv, arena, attention));
        pieces.add(new Piece(() -> attend(1, kv)));
        pieces.add(new Piece(() -> attend(group, kv)));
        float[] row = new float[WIDTH];
        pieces.add(new Piece(() -> RowKernels.norm(row, 0, WIDTH, row, 1, row, 0)));
        if (linears.stream().anyMatch(inputs::gatesByVectors)) {
            float[] gateUp = new float[2 * GATES];
            float[] gated = new float[GATES];
            pieces.add(new Piece(() -> RowKernels.gate(gateUp, 0, GATES, 0, GATES, gated, 0)));
        }
        return pieces;
    }

    private List<Piece> attention(MemorySegment kv, Arena arena, BlockAttention attention) {
        float[] queries = new float[SLOTS * headDim];
        float[] out = new float[SLOTS * headDim];
        if (attention == null) {
            var plain = new PromptAttention();
            return List.of(new Piece(() -> plain.attend(queries, 0, headDim, 1, headDim, 1, kv, 0, 0, 0, SLOTS, out, 0, headDim)));
        }
        MemorySegment block = arena.allocate(attention.blockFloats(headDim) * Float.BYTES, 64);
        return List.of(new Piece(() -> attention.prepare(kv, 0, 0, SLOTS, headDim, block, 0)),
                new Piece(() -> attention.attend(queries, 0, headDim, headDim, 1, block, 0, Matrix.of(kv, 0, headDim), SLOTS, 0, SLOTS, out, 0, headDim)));
    }

    private static void multiply(Linear linear, int rows, int promptRows, LinearInputs inputs) {
        inputs.shape(linear, rows, promptRows);
        float[] zeros = new float[linear.inputs()];
        for (int row = 0; row < rows; row++) {
            inputs.set(row, zeros, 0);
        }
        inputs.multiply(new float[InputPanel.padded(rows) * linear.outputs()]);
    }

    private void attend(int heads, MemorySegment kv) {
        Attention.attend(new float[heads * headDim], 0, heads, headDim, 1, kv, 0, kv, 0, SLOTS - 1, new int[] {SLOTS - 1}, 1,
                new float[heads * headDim], 0, new float[Attention.scratch(heads, headDim, SLOTS)]);
    }
}
