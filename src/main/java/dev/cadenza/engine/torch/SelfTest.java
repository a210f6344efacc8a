package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.model.Architecture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.random.RandomGenerator;

/** Tries kernels on the bound weights before anyone relies on them: what errs or does not exist on this processor is replaced by float32. */
final class SelfTest {
    private static final int ROWS = 40;
    /** bf16 inputs and outputs round by 1 part in 256; ten times that is a wrong kernel. */
    private static final float WORST_ERROR = 0.04f;
    /** Multiples of the key padding, below and above the attention kernel's own blocks of 512 keys. */
    private static final long[] ATTENTION_LENGTHS = {32, 64, 96, 160, 192, 256, 320, 480, 512, 544, 704, 800, 992, 1024, 224, 416};

    /**
     * @param linearsInvariant   a row's bits do not depend on how many rows share the call
     * @param attentionInvariant nor on its mates' lengths
     * @param description        for the banner
     */
    record Verdict(boolean linearsInvariant, boolean attentionInvariant, String description) {
    }

    private SelfTest() {
    }

    /** Whether oneDNN's prepacked float32 linears exist here; if so the program uses them. */
    static boolean tryOneDnn(Script script) {
        try (PtNDManager scope = script.scope()) {
            script.run("use_onednn", Script.tensor(scope, noise(64 * 64), DataType.FLOAT32, 64, 64));
            return true;
        } catch (Script.NativeFailure unavailable) {
            return false;
        }
    }

    /** Whether the int4 kernel exists here. */
    static boolean tryInt4(Script script) {
        try (PtNDManager scope = script.scope()) {
            script.run("try_int4", Script.tensor(scope, noise(64 * 64), DataType.FLOAT32, 64, 64));
            return true;
        } catch (Script.NativeFailure unavailable) {
            return false;
        }
    }

    /** @param int4 of each linear whether it is int4, four a layer */
    static Verdict run(Script script, Architecture architecture, List<Boolean> int4, boolean onednn) {
        boolean attention = attentionIsInvariant(script, architecture);
        String dense = onednn ? "float32 oneDNN" : "float32";
        long count = int4.stream().filter(flag -> flag).count();
        if (count > 0) {
            float[] result = compare(script, architecture, int4);
            if (result[0] <= WORST_ERROR) {
                String linears = count == int4.size() ? "" : " in %d of %d linears".formatted(count, int4.size());
                return verdict(result, attention, "decode int4%s (error %.4f), prefill and head %s".formatted(linears, result[0], dense));
            }
            script.run("leave_int4");
            dense += " (int4 failed its self-test with error %.3f)".formatted(result[0]);
        }
        return verdict(compare(script, architecture, Collections.nCopies(int4.size(), false)), attention, "decode, prefill and head " + dense);
    }

    private static Verdict verdict(float[] result, boolean attentionInvariant, String kernels) {
        boolean linearsInvariant = result[1] == 1;
        return new Verdict(linearsInvariant, attentionInvariant, "%s, linears %s, attention %s".formatted(kernels,
                linearsInvariant ? "row-invariant" : "NOT row-invariant",
                attentionInvariant ? "batched" : "row by row (batched, its bits depend on batch mates; was MKL_CBWR set before the start?)"));
    }

    private static boolean attentionIsInvariant(Script script, Architecture architecture) {
        int kvHeads = architecture.kvHeads();
        int group = architecture.heads() / kvHeads;
        int d = architecture.headDim();
        int longest = 0;
        for (long length : ATTENTION_LENGTHS) {
            longest = Math.max(longest, (int) length);
        }
        int rows = ATTENTION_LENGTHS.length;
        try (PtNDManager scope = script.scope()) {
            return script.integer("attention_is_invariant", Script.tensor(scope, noise(rows * kvHeads * group * d), DataType.FLOAT32, rows, kvHeads, group, d),
                    Script.tensor(scope, noise(rows * kvHeads * longest * d), DataType.FLOAT32, rows, kvHeads, longest, d),
                    Script.tensor(scope, noise(rows * kvHeads * longest * d), DataType.FLOAT32, rows, kvHeads, longest, d), ATTENTION_LENGTHS) == 1;
        }
    }

    /** Worst relative error over the first linear of each of the four shapes and each kind of kernel, and 1 when all rows are invariant. */
    private static float[] compare(Script script, Architecture architecture, List<Boolean> int4) {
        int[] inputs = {architecture.hidden(), architecture.heads() * architecture.headDim(), architecture.hidden(), architecture.feedForward()};
        float error = 0;
        float invariant = 1;
        var seen = new HashSet<Integer>();
        for (int linear = 0; linear < int4.size(); linear++) {
            int shape = linear % inputs.length;
            if (!seen.add(int4.get(linear) ? shape + inputs.length : shape)) {
                continue;
            }
            try (PtNDManager scope = script.scope()) {
                float[] one = script.tensor(scope, "compare_linear",
                        Script.tensor(scope, noise(ROWS * inputs[shape]), DataType.FLOAT32, ROWS, inputs[shape]), linear).toFloatArray();
                error = one[0] <= WORST_ERROR ? Math.max(error, one[0]) : one[0];
                invariant = Math.min(invariant, one[1]);
            }
        }
        return new float[] {error, invariant};
    }

    private static ByteBuffer noise(int count) {
        var random = RandomGenerator.of("L64X128MixRandom");
        ByteBuffer buffer = ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            buffer.putFloat(i * Float.BYTES, (float) random.nextGaussian());
        }
        return buffer;
    }
}
