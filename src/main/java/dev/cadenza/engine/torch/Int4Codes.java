package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.cadenza.model.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A linear's codes for the int4 kernel, which computes {@code (q - 8) * s + z} with bf16 s and z for each 32 inputs; a checkpoint has
 * {@code q * scale + minimum}: s = scale and z = minimum + 8 scale. Codes stay, only s and z are rounded, each by at most 1 part in 256, so an
 * element is off by at most {@code (8 |s| + |z|) / 256}; Q4_0, whose z is 0, by at most 1 part in 256 of itself.
 *
 * @param codes       [outputs, inputs], 32-bit integers
 * @param scalesZeros [inputs / 32, outputs, 2], float32
 */
record Int4Codes(MemorySegment codes, MemorySegment scalesZeros, int outputs, int inputs) {
    static final int GROUP = WeightType.FOUR_BIT_GROUP;
    /** Outputs that the kernel takes at a time. */
    private static final int OUTPUTS = 16;

    /** Whether weights of these formats and this shape have a lossless form: more than 16 levels per group have none. */
    static boolean fits(List<LinearPreparation.Rows> parts) {
        int outputs = parts.stream().mapToInt(part -> part.order().length).sum();
        return outputs % OUTPUTS == 0 && parts.stream().allMatch(part -> part.weight().type().fourBit());
    }

    static Int4Codes of(List<LinearPreparation.Rows> parts, int outputs, int inputs, Arena arena) {
        int groups = inputs / GROUP;
        MemorySegment codes = arena.allocate(4L * outputs * inputs, 64);
        MemorySegment scalesZeros = arena.allocate(8L * outputs * groups, 64);
        var rowCodes = new int[inputs];
        var scales = new float[groups];
        var minima = new float[groups];
        int output = 0;
        for (LinearPreparation.Rows part : parts) {
            for (int row : part.order()) {
                part.weight().fourBitGroups(row, rowCodes, scales, minima);
                MemorySegment.copy(rowCodes, 0, codes, ValueLayout.JAVA_INT, 4L * output * inputs, inputs);
                for (int group = 0; group < groups; group++) {
                    long at = 2L * ((long) group * outputs + output);
                    scalesZeros.setAtIndex(ValueLayout.JAVA_FLOAT, at, scales[group]);
                    scalesZeros.setAtIndex(ValueLayout.JAVA_FLOAT, at + 1, minima[group] + 8 * scales[group]);
                }
                output++;
            }
        }
        return new Int4Codes(codes, scalesZeros, outputs, inputs);
    }

    /** For the caller to close. */
    IValue pack(Script script, PtNDManager scope) {
        return script.evaluate("prepare_int4", Script.tensor(scope, codes, DataType.INT32, outputs, inputs),
                Script.tensor(scope, scalesZeros, DataType.FLOAT32, inputs / GROUP, outputs, 2));
    }
}
