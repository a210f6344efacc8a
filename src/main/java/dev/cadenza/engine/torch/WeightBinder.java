package dev.cadenza.engine.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.cadenza.engine.torch.LinearPreparation.Rows;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Brings a checkpoint's weights into the program's form: fused projections, rows of q and k in half-split rotary order, sqrt(hidden) folded into
 * the norms.
 * Device thread only, but for threads that it starts and ends.
 */
final class WeightBinder {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfShort LITTLE_SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Kind[][] FUSED = {{Kind.QUERY, Kind.KEY, Kind.VALUE}, {Kind.ATTENTION_OUTPUT}, {Kind.GATE, Kind.UP}, {Kind.DOWN}};
    /** Row counts that prepacking is told to expect. */
    private static final int PROMPT_ROWS = 128;
    private static final int SAMPLED_ROWS = 8;
    /** Elements of a Q8_0 block. */
    private static final int GROUP = 32;

    /** Linears prepared ahead of the one that is added: what they hold is memory. */
    private static final int AHEAD = 6;
    private static final int MOST_THREADS = 8;

    private final Checkpoint checkpoint;
    private final Architecture architecture;
    private final Script script;
    private final SelfTest.Dense dense;
    private float largest;
    private float error;
    private long bytes;

    /**
     * @param largest absolute weight of all linears
     * @param error   worst of the first layer's linears and the head in float16 against a plain float32 product, relative to the largest output
     * @param bytes   of all linears
     */
    record Bound(float largest, float error, long bytes) {
    }

    /** @param dense kernel that the program uses */
    WeightBinder(Checkpoint checkpoint, Script script, SelfTest.Dense dense) {
        this.checkpoint = checkpoint;
        this.architecture = checkpoint.architecture();
        this.script = script;
        this.dense = dense;
    }

    /** Prepares linears on threads of its own, adds them on the caller's. */
    Bound bind() {
        Weight embedding = checkpoint.weight(WeightName.of(Kind.EMBEDDING));
        Weight head = architecture.tiedHead() ? embedding : checkpoint.weight(WeightName.of(Kind.HEAD));
        List<LinearPreparation> linears = linears(head);
        int threads = Math.min(Runtime.getRuntime().availableProcessors(), MOST_THREADS);
        var rooms = new LinkedBlockingQueue<Staging>();
        try (Arena arena = Arena.ofShared(); var workers = Executors.newFixedThreadPool(threads, Thread.ofPlatform().name("weights-", 0).factory())) {
            for (int i = 0; i < threads; i++) {
                rooms.add(new Staging(arena));
            }
            // The last goes first: the head is by far the largest, so that no thread is left with it alone.
            Future<LinearPreparation.Prepared> preparedLast = workers.submit(() -> prepare(linears.getLast(), rooms));
            var running = new ArrayDeque<Future<LinearPreparation.Prepared>>();
            try {
                for (int next = 0; next < linears.size() - 1 + AHEAD; next++) {
                    if (next < linears.size() - 1) {
                        LinearPreparation linear = linears.get(next);
                        running.add(workers.submit(() -> prepare(linear, rooms)));
                    }
                    if (next >= AHEAD) {
                        add(linears.get(next - AHEAD), running.remove());
                    }
                }
                bindTables(embedding);
                add(linears.getLast(), preparedLast);
            } finally {
                running.forEach(WeightBinder::discard);
                discard(preparedLast);
            }
        }
        return new Bound(largest, error, bytes);
    }

    /** As many threads as rooms: one is free. */
    private LinearPreparation.Prepared prepare(LinearPreparation linear, BlockingQueue<Staging> rooms) throws InterruptedException {
        Staging room = rooms.take();
        try {
            return linear.run(script, dense, room);
        } finally {
            rooms.add(room);
        }
    }

    private List<LinearPreparation> linears(Weight head) {
        var linears = new ArrayList<LinearPreparation>();
        for (int layer = 0; layer < architecture.layers(); layer++) {
            for (Kind[] kinds : FUSED) {
                int at = layer;
                List<Rows> parts = Stream.of(kinds).map(kind -> rows(kind, at)).toList();
                linears.add(new LinearPreparation(parts, PROMPT_ROWS, layer == 0));
            }
        }
        linears.add(new LinearPreparation(List.of(new Rows(head, IntStream.range(0, head.rows()).toArray())), SAMPLED_ROWS, true));
        return linears;
    }

    private Rows rows(Kind kind, int layer) {
        Weight weight = checkpoint.weight(new WeightName(kind, layer));
        return new Rows(weight, architecture.rotaryOrder(kind, weight.rows()));
    }

    private void add(LinearPreparation linear, Future<LinearPreparation.Prepared> future) {
        try (LinearPreparation.Prepared prepared = future.get()) {
            script.run(dense == SelfTest.Dense.FLOAT16 ? "add_half" : "add_float", prepared.dense());
            largest = Math.max(largest, prepared.largest());
            error = Math.max(error, prepared.error());
            long size = (long) linear.outputs() * linear.inputs();
            bytes += size * dense.bytes();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while weights were prepared", e);
        }
    }

    private static void discard(Future<LinearPreparation.Prepared> future) {
        if (!future.cancel(false) && future.state() == Future.State.SUCCESS) {
            future.resultNow().close();
        }
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
                    Script.tensor(scope, cos, DataType.FLOAT32, architecture.context(), architecture.headDim()),
                    Script.tensor(scope, sin, DataType.FLOAT32, architecture.context(), architecture.headDim()),
                    norm(WeightName.of(Kind.FINAL_NORM), arena, scope), Script.tensor(scope, column, DataType.FLOAT32, 1)}, norms(arena, scope));
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
        return Script.tensor(scope, values, DataType.FLOAT32, architecture.hidden());
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
        return new PtNDArray[] {Script.tensor(scope, bytes, DataType.INT8, embedding.rows(), embedding.columns()),
                Script.tensor(scope, scales, DataType.FLOAT32, embedding.rows(), embedding.columns() / GROUP)};
    }

    private static PtNDArray[] floats(Weight embedding, Arena arena, PtNDManager scope) {
        MemorySegment values = arena.allocate(4L * embedding.rows() * embedding.columns(), 64);
        embedding.dequantise(0, embedding.rows(), values);
        return new PtNDArray[] {Script.tensor(scope, values, DataType.FLOAT32, embedding.rows(), embedding.columns()), none(scope, DataType.FLOAT32)};
    }

    /** cos and sin of position times frequency for both halves of a head; the first half's sine negated, as the rotation wants it. */
    private void rotaryTables(MemorySegment cos, MemorySegment sin) {
        int d = architecture.headDim();
        for (int i = 0; i < d / 2; i++) {
            float frequency = (float) (1 / Math.pow(architecture.ropeTheta(), 2.0 * i / d));
            for (int position = 0; position < architecture.context(); position++) {
                float angle = position * frequency;
                float cosine = (float) Math.cos(angle);
                float sine = (float) Math.sin(angle);
                long at = (long) position * d + i;
                cos.setAtIndex(FLOAT, at, cosine);
                cos.setAtIndex(FLOAT, at + d / 2, cosine);
                sin.setAtIndex(FLOAT, at, -sine);
                sin.setAtIndex(FLOAT, at + d / 2, sine);
            }
        }
    }

    private static PtNDArray none(PtNDManager scope, DataType type) {
        return scope.create(new ai.djl.ndarray.types.Shape(0), type);
    }
}
