package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.cadenza.model.Weight;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Brings one linear into the kernels' form: dequantises its rows and packs them. Any thread, several at once.
 *
 * @param parts  weights side by side, each with the order in which its rows are taken
 * @param rows   number of rows that the dense kernel is told to expect
 * @param checked whether the dense kernel's error is measured
 */
record LinearPreparation(List<Rows> parts, int rows, boolean checked) {
    private static final int CHECKED_ROWS = 8;

    record Rows(Weight weight, int[] order) {
    }

    /**
     * @param dense   packed weight
     * @param largest absolute weight
     * @param error   as {@link WeightBinder.Bound#error}; 0: not measured
     */
    record Prepared(IValue dense, float largest, float error) implements AutoCloseable {
        @Override
        public void close() {
            dense.close();
        }
    }

    int outputs() {
        return parts.stream().mapToInt(part -> part.order.length).sum();
    }

    int inputs() {
        return parts.getFirst().weight.columns();
    }

    /** @param room for the dequantised weight, used again and again: fresh memory costs as much as filling it */
    Prepared run(Script script, SelfTest.Dense kernel, Staging room) {
        int outputs = outputs();
        int inputs = inputs();
        try (PtNDManager scope = script.scope()) {
            PtNDArray weight = Script.tensor(scope, dequantised(room), DataType.FLOAT32, outputs, inputs);
            float largest = 0;
            for (float bound : floats(script, scope, "bounds", weight)) {
                largest = Math.max(largest, Math.abs(bound));
            }
            boolean half = kernel == SelfTest.Dense.FLOAT16;
            IValue dense = half ? script.evaluate("prepare_half", weight) : script.evaluate("prepare_float", weight, rows);
            float error = checked && half ? floats(script, scope, "half_error", dense, weight,
                    Script.tensor(scope, SelfTest.noise(CHECKED_ROWS * inputs), DataType.FLOAT32, CHECKED_ROWS, inputs))[0] : 0;
            return new Prepared(dense, largest, error);
        }
    }

    private static float[] floats(Script script, PtNDManager scope, String method, Object... arguments) {
        try (IValue result = script.evaluate(method, arguments)) {
            return result.toTensor(scope).toFloatArray();
        }
    }

    private ByteBuffer dequantised(Staging room) {
        int rowBytes = Float.BYTES * inputs();
        ByteBuffer dense = room.room(Math.multiplyExact(rowBytes, outputs()));
        MemorySegment target = MemorySegment.ofBuffer(dense);
        long at = 0;
        for (Rows part : parts) {
            for (int row : part.order) {
                part.weight.dequantise(row, 1, target.asSlice(at, rowBytes));
                at += rowBytes;
            }
        }
        return dense;
    }
}
