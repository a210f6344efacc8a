package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.torch.EngineSettings.Precision;
import dev.cadenza.engine.vector.KernelCheck;
import dev.cadenza.engine.vector.VectorDecoder;
import dev.cadenza.model.Architecture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Tries kernels on the bound weights before anyone relies on them: what errs or does not exist on this processor is not used. */
final class SelfTest {
    /** Sums of thousands of float32 products round by some parts in a million. */
    private static final double WORST_VECTOR_ERROR = 1e-4;
    /** Attention in sixteen bits has a few parts in ten thousand. */
    private static final double WORST_ATTENTION_ERROR = 3e-3;
    /** float16 weights round by 1 part in 2,048. */
    private static final float WORST_HALF_ERROR = 0.002f;
    private static final float LARGEST_HALF = 65_504;
    /** FBGEMM takes up to six rows at a time on AVX2; a multiple of that wastes nothing. */
    private static final int HALF_ROWS = 24;
    /** oneDNN's float32 takes another kernel from some number of rows on (81, seen on AVX2). */
    private static final int FLOAT32_ROWS = 32;
    /** Padding one row to more costs more than invariance is worth. */
    private static final int MOST_FOR_ONE = 4;
    /** Multiples of the key padding, below and above the attention kernel's own blocks of 512 keys. */
    private static final long[] ATTENTION_LENGTHS = {32, 96, 160, 256, 320, 512, 544, 800};

    /** How the program holds weights. */
    enum Dense {
        FLOAT16("float16", Short.BYTES), ONEDNN("float32 oneDNN", Float.BYTES), PLAIN("float32", Float.BYTES);

        private final String label;
        private final int bytes;

        Dense(String label, int bytes) {
            this.label = label;
            this.bytes = bytes;
        }

        /** Of one weight. */
        int bytes() {
            return bytes;
        }
    }

    /**
     * @param linearsInvariant   a row's bits do not depend on how many rows share the call
     * @param attentionInvariant nor on its mates' lengths
     * @param rows               numbers of rows that the program's linears run; {@code null}: it runs none of those rows
     * @param description        for the banner
     */
    record Verdict(boolean linearsInvariant, boolean attentionInvariant, RowCounts rows, String description) {

        /** Numbers of rows to run for so many, in the layers of next-token rows and in the head. */
        RowCounts counts(int wanted) {
            return rows == null ? RowCounts.any(Math.max(1, wanted)) : rows;
        }
    }

    private SelfTest() {
    }

    /** The fastest dense kernel of the precision that exists here; the program uses it from now on. */
    static Dense chooseDense(Script script, Precision precision) {
        if (precision != Precision.FLOAT32 && exists(script, "use_halves")) {
            return Dense.FLOAT16;
        }
        return exists(script, "use_onednn") ? Dense.ONEDNN : Dense.PLAIN;
    }

    private static boolean exists(Script script, String attempt) {
        try (PtNDManager scope = script.scope()) {
            script.run(attempt, Script.tensor(scope, noise(64 * 64), DataType.FLOAT32, 64, 64));
            return true;
        } catch (Script.NativeFailure unavailable) {
            return false;
        }
    }

    /**
     * @param linears      what the check of linears found
     * @param attention    what the check of prompts' attention found
     * @param otherKernels for the banner
     * @throws IllegalStateException some kernel computes wrongly
     */
    static Verdict verdict(KernelCheck linears, KernelCheck attention, String otherKernels) {
        if (!(linears.error() <= WORST_VECTOR_ERROR) || !(attention.error() <= WORST_ATTENTION_ERROR)) {
            throw new IllegalStateException("vector kernels err by %g, attention by %g: start with precision float32".formatted(linears.error(), attention.error()));
        }
        return new Verdict(linears.invariant(), attention.invariant(), null, "decode, prefill and head in %d lanes of Java vectors (error %.0e), linears %s%s, attention %s"
                .formatted(VectorDecoder.lanes(), linears.error(), invariant(linears), otherKernels, invariant(attention)));
    }

    private static String invariant(KernelCheck check) {
        return check.invariant() ? "row-invariant" : "NOT row-invariant";
    }

    /** @throws IllegalStateException the float16 kernel cannot hold these weights or computes wrongly */
    static Verdict run(Script script, Architecture architecture, Dense dense, WeightBinder.Bound bound) {
        if (dense == Dense.FLOAT16 && !(bound.largest() <= LARGEST_HALF && bound.error() <= WORST_HALF_ERROR)) {
            throw new IllegalStateException("float16 does not do here (largest weight %g, error %g): start with precision float32"
                    .formatted(bound.largest(), bound.error()));
        }
        RowCounts rows = rowCounts(script, architecture, dense);
        RowCounts used = rows != null ? rows : RowCounts.any(mostRows(dense));
        script.run("limit_rows", used.most());
        boolean attention = attentionIsInvariant(script);
        return new Verdict(rows != null, attention, used, "decode, prefill and head %s, linears %s, attention %s".formatted(label(dense, bound),
                rows != null ? "row-invariant" : "NOT row-invariant",
                attention ? "batched" : "row by row (batched, its bits depend on batch mates; was MKL_CBWR set before the start?)"));
    }

    private static String label(Dense dense, WeightBinder.Bound bound) {
        return dense.label + (dense == Dense.FLOAT16 ? " (error %.4f)".formatted(bound.error()) : "");
    }

    private static int mostRows(Dense dense) {
        return dense == Dense.FLOAT16 ? HALF_ROWS : FLOAT32_ROWS;
    }

    /** Numbers of rows at which the dense kernel is invariant in all shapes; {@code null}: too few are. */
    private static RowCounts rowCounts(Script script, Architecture architecture, Dense dense) {
        int most = mostRows(dense);
        boolean[] good = new boolean[most + 1];
        Arrays.fill(good, true);
        int[] inputs = inputs(architecture);
        for (int linear = 0; linear < inputs.length; linear++) {
            keepGood(script, linear, inputs[linear], good);
        }
        RowCounts layers = RowCounts.of(good);
        if (layers.padded()[1] > MOST_FOR_ONE) {
            return null;
        }
        // The head is large and its shape no different: the numbers found are confirmed, not searched.
        boolean[] confirmed = new boolean[most + 1];
        confirmed[layers.padded()[1]] = true;
        confirmed[most / 2] = good[most / 2];
        confirmed[most] = true;
        boolean[] asked = confirmed.clone();
        keepGood(script, 4 * architecture.layers(), architecture.hidden(), confirmed);
        return Arrays.equals(asked, confirmed) ? layers : null;
    }

    private static void keepGood(Script script, int linear, int width, boolean[] good) {
        int most = good.length - 1;
        long[] counts = LongStream.rangeClosed(1, most).filter(n -> good[(int) n]).toArray();
        try (PtNDManager scope = script.scope()) {
            long[] kept = script.integers("invariant_counts", Script.tensor(scope, noise(most * width), DataType.FLOAT32, most, width), linear, counts);
            Arrays.fill(good, false);
            for (long n : kept) {
                good[(int) n] = true;
            }
        }
    }

    private static boolean attentionIsInvariant(Script script) {
        return script.integer("attention_is_invariant", ATTENTION_LENGTHS, (int) LongStream.of(ATTENTION_LENGTHS).max().orElseThrow()) == 1;
    }

    private static int[] inputs(Architecture architecture) {
        return new int[] {architecture.hidden(), architecture.heads() * architecture.headDim(), architecture.hidden(), architecture.feedForward()};
    }

    /** Evenly spread over [-2, 2). */
    static ByteBuffer noise(int count) {
        var random = new SplittableRandom(1);
        ByteBuffer buffer = ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            buffer.putFloat(i * Float.BYTES, (random.nextInt() >> 8) * 0x1p-22f);
        }
        return buffer;
    }
}
