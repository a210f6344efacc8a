package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.torch.EngineSettings.Precision;
import dev.cadenza.model.Architecture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Tries kernels on the bound weights before anyone relies on them: what errs or does not exist on this processor is not used. */
final class SelfTest {
    private static final int INT4_ROWS = 40;
    /** bf16 inputs and outputs round by 1 part in 256; ten times that is a wrong kernel. */
    private static final float WORST_INT4_ERROR = 0.04f;
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

    /** How the weights that are not int4 are held. */
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
     * @param rows               numbers of rows to run
     * @param padDecode          whether those hold for the layers of next-token rows, and not for the head alone
     * @param description        for the banner
     */
    record Verdict(boolean linearsInvariant, boolean attentionInvariant, RowCounts rows, boolean padDecode, String description) {
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

    /** Whether next-token rows are to run int4 where weights allow: it moves the fewest bytes, but AVX2 has no good kernel for it. */
    static boolean chooseInt4(Script script, Precision precision, Dense dense) {
        boolean wanted = precision == Precision.INT4 || precision == Precision.FAST && (dense != Dense.FLOAT16 || Processor.avx512());
        return wanted && exists(script, "try_int4");
    }

    private static boolean exists(Script script, String attempt) {
        try (PtNDManager scope = script.scope()) {
            script.run(attempt, Script.tensor(scope, noise(64 * 64), DataType.FLOAT32, 64, 64));
            return true;
        } catch (Script.NativeFailure unavailable) {
            return false;
        }
    }

    /** @throws IllegalStateException the float16 kernel cannot hold these weights or computes wrongly */
    static Verdict run(Script script, Architecture architecture, Dense dense, WeightBinder.Bound bound) {
        if (dense == Dense.FLOAT16 && !(bound.largest() <= LARGEST_HALF && bound.error() <= WORST_HALF_ERROR)) {
            throw new IllegalStateException("float16 does not do here (largest weight %g, error %g): start with precision float32"
                    .formatted(bound.largest(), bound.error()));
        }
        String linears = dense.label + (dense == Dense.FLOAT16 ? " (error %.4f)".formatted(bound.error()) : "");
        long int4 = bound.int4().stream().filter(flag -> flag).count();
        boolean int4Invariant = true;
        String kernels = "decode, prefill and head " + linears;
        if (int4 > 0) {
            float[] result = compareInt4(script, architecture, bound.int4());
            if (result[0] <= WORST_INT4_ERROR) {
                int4Invariant = result[1] == 1;
                kernels = "decode int4%s (error %.4f), prefill and head %s".formatted(
                        int4 == bound.int4().size() ? "" : " in %d of %d linears".formatted(int4, bound.int4().size()), result[0], linears);
            } else {
                script.run("leave_int4");
                int4 = 0;
                kernels += " (int4 failed its self-test with error %.3f)".formatted(result[0]);
            }
        }
        RowCounts rows = rowCounts(script, architecture, dense);
        boolean invariant = rows != null && int4Invariant;
        RowCounts used = rows != null ? rows : RowCounts.any(mostRows(dense));
        script.run("limit_rows", used.most());
        boolean attention = attentionIsInvariant(script);
        return new Verdict(invariant, attention, used, int4 < bound.int4().size(), "%s, linears %s, attention %s".formatted(kernels,
                invariant ? "row-invariant" : "NOT row-invariant",
                attention ? "batched" : "row by row (batched, its bits depend on batch mates; was MKL_CBWR set before the start?)"));
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

    /** Worst relative error over the first int4 linear of each of the four shapes, and 1 when all rows are invariant. */
    private static float[] compareInt4(Script script, Architecture architecture, List<Boolean> int4) {
        int[] inputs = inputs(architecture);
        float error = 0;
        float invariant = 1;
        var seen = new HashSet<Integer>();
        for (int linear = 0; linear < int4.size(); linear++) {
            int shape = linear % inputs.length;
            if (!int4.get(linear) || !seen.add(shape)) {
                continue;
            }
            try (PtNDManager scope = script.scope()) {
                float[] one = script.tensor(scope, "compare_int4",
                        Script.tensor(scope, noise(INT4_ROWS * inputs[shape]), DataType.FLOAT32, INT4_ROWS, inputs[shape]), linear).toFloatArray();
                error = one[0] <= WORST_INT4_ERROR ? Math.max(error, one[0]) : one[0];
                invariant = Math.min(invariant, one[1]);
            }
        }
        return new float[] {error, invariant};
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
