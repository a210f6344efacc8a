package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.WeightName.Kind;
import dev.cadenza.model.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings a checkpoint's weights into the program's form: fused projections, rows of q and k in half-split rotary order, sqrt(hidden) folded into
 * the norms. Where int4 is asked for, a fused projection whose parts all have a format of 4 bits is held for that kernel, too; the others only for
 * the dense one, since more than 16 levels per group have no lossless form there.
 *
 * <p>The kernel computes {@code (q - 8) * s + z} with bf16 s and z for each 32 inputs, a checkpoint has {@code q * scale + minimum}: s = scale and
 * z = minimum + 8 scale. Codes stay, only s and z are rounded, each by at most 1 part in 256, so an element is off by at most
 * {@code (8 |s| + |z|) / 256}; Q4_0, whose z is 0, by at most 1 part in 256 of itself. Device thread only.
 */
final class WeightBinder {
    private static final int GROUP = WeightType.FOUR_BIT_GROUP;
    /** Outputs that the int4 kernel takes at a time. */
    private static final int INT4_OUTPUTS = 16;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfShort LITTLE_SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CHECKED_ROWS = 8;
    /** Row counts that prepacking is told to expect. */
    private static final int PROMPT_ROWS = 128;
    private static final int SAMPLED_ROWS = 8;

    private final Checkpoint checkpoint;
    private final Architecture architecture;
    private final Script script;
    private final int denseBytes;
    private final boolean fast;
    private final List<Boolean> int4 = new ArrayList<>();
    private float largest;
    private float error;
    private long count;
    private long decodeBytes;

    /**
     * @param int4    of each linear of the layers whether it is int4, too, four a layer: qkv, attention output, gate and up, down
     * @param largest absolute weight of all linears
     * @param error   worst of the first layer's linears and the head in the dense kernel against a plain float32 product, relative to the largest
     *                output
     * @param count       weights of all linears
     * @param decodeBytes that next-token rows read of them
     */
    record Bound(List<Boolean> int4, float largest, float error, long count, long decodeBytes) {
    }

    /**
     * @param dense kernel that the program uses
     * @param fast  whether linears may be int4
     */
    WeightBinder(Checkpoint checkpoint, Script script, SelfTest.Dense dense, boolean fast) {
        this.checkpoint = checkpoint;
        this.architecture = checkpoint.architecture();
        this.script = script;
        this.denseBytes = dense == SelfTest.Dense.FLOAT16 ? Short.BYTES : Float.BYTES;
        this.fast = fast;
    }

    Bound bind() {
        for (int layer = 0; layer < architecture.layers(); layer++) {
            addLinear(layer == 0, rows(Kind.QUERY, layer), rows(Kind.KEY, layer), rows(Kind.VALUE, layer));
            addLinear(layer == 0, rows(Kind.ATTENTION_OUTPUT, layer));
            addLinear(layer == 0, rows(Kind.GATE, layer), rows(Kind.UP, layer));
            addLinear(layer == 0, rows(Kind.DOWN, layer));
        }
        Weight embedding = checkpoint.weight(WeightName.of(Kind.EMBEDDING));
        Weight head = architecture.tiedHead() ? embedding : checkpoint.weight(WeightName.of(Kind.HEAD));
        try (Arena arena = Arena.ofConfined(); PtNDManager scope = script.scope()) {
            MemorySegment dense = arena.allocate(4L * head.rows() * head.columns(), 64);
            head.dequantise(0, head.rows(), dense);
            PtNDArray weight = tensor(scope, dense, DataType.FLOAT32, head.rows(), head.columns());
            add(weight, new PtNDArray[] {none(scope, DataType.INT32), none(scope, DataType.FLOAT32)}, SAMPLED_ROWS, scope);
            check(weight, head.columns(), int4.size(), scope);
            long size = (long) head.rows() * head.columns();
            count += size;
            decodeBytes += size * denseBytes;
        }
        bindTables(embedding);
        return new Bound(List.copyOf(int4), largest, error, count, decodeBytes);
    }

    private void add(PtNDArray weight, PtNDArray[] packed, int rows, PtNDManager scope) {
        for (float bound : script.tensor(scope, "add_linear", weight, packed[0], packed[1], rows).toFloatArray()) {
            largest = Math.max(largest, Math.abs(bound));
        }
    }

    private void check(PtNDArray weight, int inputs, int index, PtNDManager scope) {
        PtNDArray inputRows = Script.tensor(scope, SelfTest.noise(CHECKED_ROWS * inputs), DataType.FLOAT32, CHECKED_ROWS, inputs);
        error = Math.max(error, script.tensor(scope, "dense_error", weight, inputRows, index).toFloatArray()[0]);
    }

    /** A weight and the order in which its rows are taken. */
    private record Rows(Weight weight, int[] order) {
    }

    private Rows rows(Kind kind, int layer) {
        Weight weight = checkpoint.weight(new WeightName(kind, layer));
        boolean permuted = architecture.ropePairs() == Architecture.RopePairs.INTERLEAVED && (kind == Kind.QUERY || kind == Kind.KEY);
        int half = architecture.headDim() / 2;
        int[] order = new int[weight.rows()];
        for (int row = 0; row < order.length; row++) {
            int within = row % architecture.headDim();
            order[row] = permuted ? row - within + 2 * (within % half) + within / half : row;
        }
        return new Rows(weight, order);
    }

    private void addLinear(boolean checked, Rows... parts) {
        int outputs = 0;
        boolean fourBit = true;
        for (Rows part : parts) {
            outputs += part.order.length;
            fourBit &= part.weight.type().fourBit();
        }
        int inputs = parts[0].weight.columns();
        boolean packs = fast && fourBit && outputs % INT4_OUTPUTS == 0;
        try (Arena arena = Arena.ofConfined(); PtNDManager scope = script.scope()) {
            MemorySegment dense = arena.allocate(4L * outputs * inputs, 64);
            int output = 0;
            for (Rows part : parts) {
                for (int row : part.order) {
                    part.weight.dequantise(row, 1, dense.asSlice(4L * output * inputs, 4L * inputs));
                    output++;
                }
            }
            PtNDArray[] packed = packs ? codesAndScales(parts, outputs, inputs, arena, scope)
                    : new PtNDArray[] {none(scope, DataType.INT32), none(scope, DataType.FLOAT32)};
            PtNDArray weight = tensor(scope, dense, DataType.FLOAT32, outputs, inputs);
            add(weight, packed, PROMPT_ROWS, scope);
            if (checked) {
                check(weight, inputs, int4.size(), scope);
            }
        }
        int4.add(packs);
        long size = (long) outputs * inputs;
        count += size;
        // A group of int4 has a scale and a zero of two bytes each.
        decodeBytes += packs ? size / 2 + 4 * size / GROUP : size * denseBytes;
    }

    /** Codes [outputs, inputs], then scales and zeros [inputs / 32, outputs, 2]. */
    private static PtNDArray[] codesAndScales(Rows[] parts, int outputs, int inputs, Arena arena, PtNDManager scope) {
        int groups = inputs / GROUP;
        MemorySegment codes = arena.allocate(4L * outputs * inputs, 64);
        MemorySegment scalesZeros = arena.allocate(8L * outputs * groups, 64);
        var rowCodes = new int[inputs];
        var scales = new float[groups];
        var minima = new float[groups];
        int output = 0;
        for (Rows part : parts) {
            for (int row : part.order) {
                part.weight.fourBitGroups(row, rowCodes, scales, minima);
                MemorySegment.copy(rowCodes, 0, codes, ValueLayout.JAVA_INT, 4L * output * inputs, inputs);
                for (int group = 0; group < groups; group++) {
                    long at = 2L * ((long) group * outputs + output);
                    scalesZeros.setAtIndex(FLOAT, at, scales[group]);
                    scalesZeros.setAtIndex(FLOAT, at + 1, minima[group] + 8 * scales[group]);
                }
                output++;
            }
        }
        return new PtNDArray[] {tensor(scope, codes, DataType.INT32, outputs, inputs),
                tensor(scope, scalesZeros, DataType.FLOAT32, groups, outputs, 2)};
    }

    private void bindTables(Weight embedding) {
        int hidden = architecture.hidden();
        try (Arena arena = Arena.ofConfined(); PtNDManager scope = script.scope()) {
            PtNDArray[] table = embedding.type() == WeightType.Q8_0 ? bytesAndScales(embedding, arena, scope) : floats(embedding, arena, scope);
            MemorySegment cos = arena.allocate(4L * architecture.context() * architecture.headDim(), 64);
            MemorySegment sin = arena.allocate(cos.byteSize(), 64);
            rotaryTables(cos, sin);
            MemorySegment column = arena.allocate(4);
            column.set(FLOAT, 0, (float) Math.sqrt(hidden * (double) architecture.normEpsilon()));
            script.run("bind", new PtNDArray[] {table[0], table[1],
                    tensor(scope, cos, DataType.FLOAT32, architecture.context(), architecture.headDim()),
                    tensor(scope, sin, DataType.FLOAT32, architecture.context(), architecture.headDim()),
                    norm(WeightName.of(Kind.FINAL_NORM), arena, scope), tensor(scope, column, DataType.FLOAT32, 1)}, norms(arena, scope));
        }
    }

    private PtNDArray[] norms(Arena arena, PtNDManager scope) {
        var norms = new ArrayList<PtNDArray>();
        for (int layer = 0; layer < architecture.layers(); layer++) {
            norms.add(norm(new WeightName(Kind.ATTENTION_NORM, layer), arena, scope));
            norms.add(norm(new WeightName(Kind.FEED_FORWARD_NORM, layer), arena, scope));
        }
        return norms.toArray(PtNDArray[]::new);
    }

    private PtNDArray norm(WeightName name, Arena arena, PtNDManager scope) {
        MemorySegment values = arena.allocate(4L * architecture.hidden(), 64);
        checkpoint.weight(name).dequantise(0, 1, values);
        for (int i = 0; i < architecture.hidden(); i++) {
            values.setAtIndex(FLOAT, i, (float) (values.getAtIndex(FLOAT, i) * Math.sqrt(architecture.hidden())));
        }
        return tensor(scope, values, DataType.FLOAT32, architecture.hidden());
    }

    private static PtNDArray[] bytesAndScales(Weight embedding, Arena arena, PtNDManager scope) {
        long blocks = (long) embedding.rows() * embedding.columns() / GROUP;
        MemorySegment bytes = arena.allocate(blocks * GROUP, 64);
        MemorySegment scales = arena.allocate(4 * blocks, 64);
        for (long block = 0; block < blocks; block++) {
            long at = block * embedding.type().blockBytes();
            scales.setAtIndex(FLOAT, block, Float.float16ToFloat(embedding.data().get(LITTLE_SHORT, at)));
            MemorySegment.copy(embedding.data(), at + 2, bytes, block * GROUP, GROUP);
        }
        return new PtNDArray[] {tensor(scope, bytes, DataType.INT8, embedding.rows(), embedding.columns()),
                tensor(scope, scales, DataType.FLOAT32, embedding.rows(), embedding.columns() / GROUP)};
    }

    private static PtNDArray[] floats(Weight embedding, Arena arena, PtNDManager scope) {
        MemorySegment values = arena.allocate(4L * embedding.rows() * embedding.columns(), 64);
        embedding.dequantise(0, embedding.rows(), values);
        return new PtNDArray[] {tensor(scope, values, DataType.FLOAT32, embedding.rows(), embedding.columns()), none(scope, DataType.FLOAT32)};
    }

    /** cos and sin of position times frequency for both halves of a head; the first half's sine negated, as the rotation wants it. */
    private void rotaryTables(MemorySegment cos, MemorySegment sin) {
        int d = architecture.headDim();
        for (int position = 0; position < architecture.context(); position++) {
            for (int i = 0; i < d / 2; i++) {
                float angle = position * (float) (1 / Math.pow(architecture.ropeTheta(), 2.0 * i / d));
                long at = (long) position * d + i;
                cos.setAtIndex(FLOAT, at, (float) Math.cos(angle));
                cos.setAtIndex(FLOAT, at + d / 2, (float) Math.cos(angle));
                sin.setAtIndex(FLOAT, at, (float) -Math.sin(angle));
                sin.setAtIndex(FLOAT, at + d / 2, (float) Math.sin(angle));
            }
        }
    }

    private static PtNDArray tensor(PtNDManager scope, MemorySegment memory, DataType type, long... shape) {
        return Script.tensor(scope, memory.asByteBuffer().order(ByteOrder.nativeOrder()), type, shape);
    }

    private static PtNDArray none(PtNDManager scope, DataType type) {
        return scope.create(new ai.djl.ndarray.types.Shape(0), type);
    }
}
