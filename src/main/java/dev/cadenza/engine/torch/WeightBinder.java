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
 * the norms, Q4_1 as int4 with bf16 scale and zero. Device thread only.
 */
final class WeightBinder {
    private static final int GROUP = 32;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfShort LITTLE_SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Row counts that prepacking is told to expect. */
    private static final int PROMPT_ROWS = 128;
    private static final int SAMPLED_ROWS = 8;

    private final Checkpoint checkpoint;
    private final Architecture architecture;
    private final Script script;
    private final boolean int4;

    WeightBinder(Checkpoint checkpoint, Script script, boolean int4) {
        this.checkpoint = checkpoint;
        this.architecture = checkpoint.architecture();
        this.script = script;
        this.int4 = int4;
    }

    /** Whether every projection is stored as 4-bit blocks that the int4 kernel can take over. */
    static boolean suitsInt4(Checkpoint checkpoint) {
        for (int layer = 0; layer < checkpoint.architecture().layers(); layer++) {
            for (Kind kind : List.of(Kind.QUERY, Kind.KEY, Kind.VALUE, Kind.ATTENTION_OUTPUT, Kind.GATE, Kind.UP, Kind.DOWN)) {
                if (checkpoint.weight(new WeightName(kind, layer)).type() != WeightType.Q4_1) {
                    return false;
                }
            }
        }
        return true;
    }

    void bind() {
        for (int layer = 0; layer < architecture.layers(); layer++) {
            addLinear(rows(Kind.QUERY, layer), rows(Kind.KEY, layer), rows(Kind.VALUE, layer));
            addLinear(rows(Kind.ATTENTION_OUTPUT, layer));
            addLinear(rows(Kind.GATE, layer), rows(Kind.UP, layer));
            addLinear(rows(Kind.DOWN, layer));
        }
        bindTables();
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

    private void addLinear(Rows... parts) {
        int outputs = 0;
        for (Rows part : parts) {
            outputs += part.order.length;
        }
        int inputs = parts[0].weight.columns();
        try (Arena arena = Arena.ofConfined(); PtNDManager scope = script.scope()) {
            MemorySegment dense = arena.allocate(4L * outputs * inputs, 64);
            MemorySegment quants = arena.allocate(int4 ? 4L * outputs * inputs : 0, 64);
            MemorySegment scales = arena.allocate(int4 ? 8L * outputs * inputs / GROUP : 0, 64);
            int output = 0;
            for (Rows part : parts) {
                for (int row : part.order) {
                    part.weight.dequantise(row, 1, dense.asSlice(4L * output * inputs, 4L * inputs));
                    if (int4) {
                        unpackQ41(part.weight, row, quants, scales, output, outputs);
                    }
                    output++;
                }
            }
            PtNDArray scalesZeros = int4 ? tensor(scope, scales, DataType.FLOAT32, inputs / GROUP, outputs, 2) : none(scope, DataType.FLOAT32);
            PtNDArray nibbles = int4 ? tensor(scope, quants, DataType.INT32, outputs, inputs) : none(scope, DataType.INT32);
            script.run("add_linear", tensor(scope, dense, DataType.FLOAT32, outputs, inputs), nibbles, scalesZeros, PROMPT_ROWS);
        }
    }

    /**
     * A block of Q4_1 is d (f16), m (f16), 16 bytes whose low nibbles are the first 16 elements: {@code x = d * q + m}. The kernel computes
     * {@code (q - 8) * scale + zero}: scale = d, zero = m + 8 d.
     */
    private static void unpackQ41(Weight weight, int row, MemorySegment quants, MemorySegment scales, int output, int outputs) {
        int groups = weight.columns() / GROUP;
        long rowBytes = weight.type().bytes(weight.columns());
        for (int group = 0; group < groups; group++) {
            long block = row * rowBytes + (long) group * weight.type().blockBytes();
            float d = Float.float16ToFloat(weight.data().get(LITTLE_SHORT, block));
            float m = Float.float16ToFloat(weight.data().get(LITTLE_SHORT, block + 2));
            long scale = 2L * ((long) group * outputs + output);
            scales.setAtIndex(FLOAT, scale, d);
            scales.setAtIndex(FLOAT, scale + 1, m + 8 * d);
            long first = (long) output * weight.columns() + group * GROUP;
            for (int i = 0; i < GROUP / 2; i++) {
                int pair = weight.data().get(ValueLayout.JAVA_BYTE, block + 4 + i);
                quants.setAtIndex(ValueLayout.JAVA_INT, first + i, pair & 15);
                quants.setAtIndex(ValueLayout.JAVA_INT, first + GROUP / 2 + i, pair >> 4 & 15);
            }
        }
    }

    private void bindTables() {
        int hidden = architecture.hidden();
        Weight embedding = checkpoint.weight(WeightName.of(Kind.EMBEDDING));
        Weight head = architecture.tiedHead() ? embedding : checkpoint.weight(WeightName.of(Kind.HEAD));
        try (Arena arena = Arena.ofConfined(); PtNDManager scope = script.scope()) {
            MemorySegment dense = arena.allocate(4L * head.rows() * hidden, 64);
            head.dequantise(0, head.rows(), dense);
            PtNDArray packedHead = script.tensor(scope, "prepack", tensor(scope, dense, DataType.FLOAT32, head.rows(), hidden), SAMPLED_ROWS);
            PtNDArray[] table = embedding.type() == WeightType.Q8_0 ? bytesAndScales(embedding, arena, scope) : floats(embedding, arena, scope);
            MemorySegment cos = arena.allocate(4L * architecture.context() * architecture.headDim(), 64);
            MemorySegment sin = arena.allocate(cos.byteSize(), 64);
            rotaryTables(cos, sin);
            MemorySegment column = arena.allocate(4);
            column.set(FLOAT, 0, (float) Math.sqrt(hidden * (double) architecture.normEpsilon()));
            script.run("bind", new PtNDArray[] {table[0], table[1], packedHead,
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
