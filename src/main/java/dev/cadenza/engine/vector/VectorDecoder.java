package dev.cadenza.engine.vector;

import dev.cadenza.engine.LayerSet;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;

/**
 * The decoder layers and the head in Java's Vector API: float32 activations and sums, weights as the checkpoint has them; inputs may be rounded on the
 * way into a product, to sixteen bits ({@link IntegerProducts}) or, of prompts, to bytes ({@link PromptInputs}), whose attention may be rounded, too
 * ({@link BlockAttention}). A row's bits depend on that row alone and on whether it is of a prompt: prompts are multiplied by kernels of their own where
 * there are any. One thread calls; {@link KernelThreads} help.
 *
 * <p>Keys and values are in a {@link dev.cadenza.engine.kv.KvArena} of 2 * kvHeads planes, keys first.
 */
public final class VectorDecoder implements AutoCloseable {
    /** Attention jobs per thread below which a head's queries are not kept together. */
    private static final int SHARES = 4;
    /** Many models have these; what is compiled for them serves others. */
    private static final int USUAL_HEAD_DIM = 64;
    private static final int USUAL_GROUP = 3;

    private final Architecture architecture;
    private final DecoderWeights weights;
    private final KernelThreads threads;
    private final double[] frequencies;
    private final Optional<FloatProducts> products;
    private final Optional<IntegerProducts> integerProducts;
    private final LinearInputs inputs;
    private final LinearInputs headInputs;
    private final float[][] scratch;
    private final PromptAttention[] promptAttention;
    private final LogitRow[] logitRows;
    /** Instead, where there are native kernels. */
    private final Optional<PromptProducts> promptProducts;
    private float[] qkv = new float[0];
    private float[] attended = new float[0];
    private float[] inner = new float[0];
    private float[] wide = new float[0];
    private float[] narrow = new float[0];
    private float[] cosines = new float[0];
    private float[] sines = new float[0];
    private float[] logits = new float[0];

    /** @param count threads that work, the caller's included */
    public VectorDecoder(Architecture architecture, DecoderWeights weights, int count) {
        this.architecture = architecture;
        this.weights = weights;
        threads = new KernelThreads(count);
        products = FloatProducts.find();
        integerProducts = IntegerProducts.find();
        inputs = new LinearInputs(threads, integerProducts, PromptInputs.all(threads, products));
        headInputs = new LinearInputs(threads, integerProducts, List.of());
        promptProducts = blockAttention(architecture.headDim(), products).map(room -> new PromptProducts(room, architecture, threads));
        scratch = new float[count][0];
        logitRows = Stream.generate(() -> new LogitRow(architecture.vocabulary())).limit(count).toArray(LogitRow[]::new);
        promptAttention = Stream.generate(PromptAttention::new).limit(count).toArray(PromptAttention[]::new);
        frequencies = IntStream.range(0, architecture.headDim() / 2)
                .mapToDouble(i -> (float) (1 / Math.pow(architecture.ropeTheta(), 2.0 * i / architecture.headDim()))).toArray();
    }

    /** What makes a thread's room for prompts' attention, where it is not Java's vectors. */
    static Optional<Supplier<BlockAttention>> blockAttention(int headDim, Optional<FloatProducts> products) {
        return Int16Attention.suits(headDim) ? Optional.of(() -> new Int16Attention(Processor.hasDotProducts())) : products.map(found -> () -> new ProductAttention(found));
    }

    /** Whether the JVM was started with the module, and the processor has the registers that make this worth while. */
    public static boolean suits() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && FloatVector.SPECIES_PREFERRED.vectorBitSize() >= CodeKernel.FLOATS.vectorBitSize();
    }

    /** Whether all machine code is of our own making, so that {@link #wantsTorch} may say no. */
    public static boolean hasOwnCode() {
        return suits() && Int8Strip.suits();
    }

    /** Whether kernels for prompts are those of libtorch, which must be loaded then before a decoder is made. */
    public static boolean wantsTorch(Architecture architecture, DecoderWeights weights) {
        return !hasOwnCode() || !Int16Attention.suits(architecture.headDim())
                || !weights.layers().stream().flatMap(layer -> layer.linears().stream()).allMatch(linear -> linear.multipliesIntegers(IntegerProducts.find().orElseThrow()));
    }

    /** Has compiled what all models run, so that a decoder which is made later need not wait for it. Takes a second or two. Any thread. */
    public static void warmUp() {
        new WarmUp(List.of(), USUAL_HEAD_DIM, USUAL_GROUP, Optional.empty(), IntegerProducts.find()).run();
    }

    /** Floats that a register takes. */
    public static int lanes() {
        return CodeKernel.LANES;
    }

    /** What multiplies besides Java's vectors, each behind a comma. */
    public String otherKernels() {
        List<Linear> linears = weights.layers().getFirst().linears();
        boolean codes = inputs.inIntegers(weights.head()) || linears.stream().anyMatch(inputs::inIntegers);
        String integers = codes ? ", codes multiplied by machine code for %s in 16 bits".formatted(Processor.hasDotProducts() ? "AVX-512 VNNI" : "AVX2") : "";
        String prompts = linears.stream().flatMap(linear -> inputs.promptKernel(linear).stream()).distinct().map(", prompts "::concat).collect(Collectors.joining());
        boolean nativeAttention = products.isPresent() && !Int16Attention.suits(architecture.headDim());
        return integers + (prompts.isEmpty() && nativeAttention ? ", prompts' attention by oneDNN" : prompts);
    }

    /** Has all kernels compiled before the first request, and compares them with plain sums. Takes seconds. */
    public KernelCheck check(Checkpoint checkpoint) {
        new WarmUp(weights.corners(), architecture.headDim(), architecture.heads() / architecture.kvHeads(), products, integerProducts).run();
        return weights.check(checkpoint, inputs, headInputs);
    }

    /** The same of prompts' attention, where it has kernels of its own; else there is no error. */
    public KernelCheck checkAttention() {
        return blockAttention(architecture.headDim(), products).map(Supplier::get).map(room -> {
            try (room) {
                return AttentionCheck.of(room, architecture.headDim());
            }
        }).orElse(new KernelCheck(0, true));
    }

    /** Bytes of weights that one row reads. */
    public long weightBytes() {
        return weights.bytes();
    }

    /**
     * What the layers begin with.
     *
     * @return [tokens, hidden]
     * @throws IndexOutOfBoundsException a token outside the vocabulary
     */
    public float[] embed(int[] tokens) {
        int hidden = architecture.hidden();
        float[] residual = new float[tokens.length * hidden];
        perRow(tokens.length, row -> weights.embedding().weights(Objects.checkIndex(tokens[row], architecture.vocabulary()), residual, row * hidden));
        return residual;
    }

    /**
     * Runs rows through the layers that each of them has.
     *
     * @param rows        whose keys and values are written before any of them looks
     * @param residual    [rows, hidden], in place
     * @param arena       keys and values per layer
     * @param answering   rows whose residual is wanted at the end; of the others the last layer only writes keys and values
     * @param beforeLayer called with each layer's index before it runs, and with the number of layers at the end
     */
    public void forward(List<DecoderRow> rows, float[] residual, MemorySegment[] arena, BitSet answering, IntConsumer beforeLayer) {
        prepare(rows);
        int[] all = IntStream.concat(indices(rows, false), indices(rows, true)).toArray();
        boolean uniform = rows.stream().allMatch(row -> row.layers().equals(rows.getFirst().layers()));
        for (int layer = 0; layer < architecture.layers(); layer++) {
            beforeLayer.accept(layer);
            int at = layer;
            int[] active = uniform ? rows.getFirst().layers().contains(layer) ? all : new int[0]
                    : IntStream.of(all).filter(row -> rows.get(row).layers().contains(at)).toArray();
            if (active.length > 0) {
                store(layer, rows, active, residual, arena[layer]);
                int[] going = layer < architecture.layers() - 1 ? active : answering(active, answering);
                if (going.length > 0) {
                    goOn(layer, rows, going, residual, arena[layer]);
                }
            }
        }
        beforeLayer.accept(architecture.layers());
    }

    private static IntStream indices(List<DecoderRow> rows, boolean prompt) {
        return IntStream.range(0, rows.size()).filter(row -> rows.get(row).prompt() == prompt);
    }

    private void prepare(List<DecoderRow> rows) {
        int n = rows.size();
        int padded = InputPanel.padded(n);
        qkv = room(qkv, padded * (architecture.heads() + 2 * architecture.kvHeads()) * architecture.headDim());
        attended = room(attended, n * architecture.heads() * architecture.headDim());
        inner = room(inner, n * Math.max(architecture.hidden(), architecture.feedForward()));
        wide = room(wide, padded * 2 * architecture.feedForward());
        narrow = room(narrow, padded * architecture.hidden());
        int half = architecture.headDim() / 2;
        cosines = room(cosines, n * half);
        sines = room(sines, n * half);
        int longest = 0;
        perRow(n, row -> {
            for (int i = 0; i < half; i++) {
                // As the float32 program has it.
                float angle = rows.get(row).position() * (float) frequencies[i];
                cosines[row * half + i] = (float) Math.cos(angle);
                sines[row * half + i] = (float) Math.sin(angle);
            }
        });
        for (DecoderRow row : rows) {
            longest = Math.max(longest, row.settled() + row.open().length);
        }
        int scores = Attention.scratch(architecture.heads() / architecture.kvHeads(), architecture.headDim(), longest);
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = room(scratch[i], scores);
        }
    }

    private static float[] room(float[] old, int size) {
        return old.length < size ? new float[size] : old;
    }

    /** Many rows are shared out in the panel's tiles: two threads in one would fight over its cache lines. */
    private void perRow(int rows, IntConsumer work) {
        int share = rows >= InputPanel.MANY ? TileKernel.ROWS : 1;
        threads.run((rows + share - 1) / share, (index, thread) -> {
            for (int row = index * share; row < Math.min(rows, (index + 1) * share); row++) {
                work.accept(row);
            }
        });
    }

    /** Rows of prompts, which are the last of the active ones. */
    private static int prompts(List<DecoderRow> rows, int[] active) {
        return (int) IntStream.of(active).filter(row -> rows.get(row).prompt()).count();
    }

    /** A layer's queries, keys and values. */
    private void store(int layer, List<DecoderRow> rows, int[] active, float[] residual, MemorySegment kv) {
        int n = active.length;
        DecoderWeights.Layer layerWeights = weights.layers().get(layer);
        inputs.shape(layerWeights.qkv(), n, prompts(rows, active));
        perRow(n, i -> inputs.set(i, normed(residual, active[i], i, layerWeights.attentionNorm()), i * architecture.hidden()));
        inputs.multiply(qkv);
        perRow(n, i -> store(rows.get(active[i]), active[i], i, kv));
    }

    /** Those of the active rows that answer, to whose places their queries, keys and values are taken. */
    private int[] answering(int[] active, BitSet answering) {
        int width = (architecture.heads() + 2 * architecture.kvHeads()) * architecture.headDim();
        int[] places = IntStream.range(0, active.length).filter(i -> answering.get(active[i])).toArray();
        for (int i = 0; i < places.length; i++) {
            System.arraycopy(qkv, places[i] * width, qkv, i * width, width);
        }
        return IntStream.of(places).map(place -> active[place]).toArray();
    }

    /** What follows in a layer. */
    private void goOn(int layer, List<DecoderRow> rows, int[] active, float[] residual, MemorySegment kv) {
        int n = active.length;
        int hidden = architecture.hidden();
        int feedForward = architecture.feedForward();
        int prompts = prompts(rows, active);
        DecoderWeights.Layer layerWeights = weights.layers().get(layer);

        attend(rows, active, kv);
        inputs.shape(layerWeights.attentionOutput(), n, prompts);
        perRow(n, i -> inputs.set(i, attended, i * architecture.heads() * architecture.headDim()));
        inputs.multiply(narrow);

        inputs.shape(layerWeights.gateUp(), n, prompts);
        perRow(n, i -> {
            add(residual, active[i] * hidden, narrow, i * hidden);
            inputs.set(i, normed(residual, active[i], i, layerWeights.feedForwardNorm()), i * hidden);
        });
        int left = inputs.multiplyGated(layerWeights.down(), wide, inner);
        perRow(left, i -> inputs.set(i, inner, feedForward * i));
        inputs.multiply(narrow);
        perRow(n, i -> add(residual, active[i] * hidden, narrow, i * hidden));
    }

    /** @return where row {@code to} has them */
    private float[] normed(float[] residual, int row, int to, float[] weight) {
        int hidden = architecture.hidden();
        RowKernels.norm(residual, row * hidden, hidden, weight, architecture.normEpsilon(), inner, to * hidden);
        return inner;
    }

    private void add(float[] residual, int at, float[] more, int from) {
        for (int i = 0; i < architecture.hidden(); i++) {
            residual[at + i] += more[from + i];
        }
    }

    /** Rotates queries and keys of a row, and takes its keys and values to their slot. */
    private void store(DecoderRow row, int index, int at, MemorySegment kv) {
        int d = architecture.headDim();
        int kvHeads = architecture.kvHeads();
        int first = at * (architecture.heads() + 2 * kvHeads) * d;
        RowKernels.rotate(qkv, first, architecture.heads() + kvHeads, d, cosines, sines, index * d / 2);
        for (int plane = 0; plane < 2 * kvHeads; plane++) {
            long to = row.plane(plane, kvHeads, d) + 4L * d * row.slot();
            MemorySegment.copy(qkv, first + (architecture.heads() + plane) * d, kv, ValueLayout.JAVA_FLOAT, to, d);
        }
    }

    private void attend(List<DecoderRow> rows, int[] active, MemorySegment kv) {
        if (promptProducts.isPresent()) {
            PromptProducts products = promptProducts.get();
            products.take(promptRuns(rows, active, Integer.MAX_VALUE), rows, active, kv);
            attend(rows, active, kv, products.jobs(), (job, thread) -> products.run(job, thread, qkv, attended));
            return;
        }
        int d = architecture.headDim();
        int heads = architecture.heads();
        int kvHeads = architecture.kvHeads();
        int group = heads / kvHeads;
        int width = (heads + 2 * kvHeads) * d;
        List<Run> prompts = promptRuns(rows, active, PromptAttention.ROWS);
        attend(rows, active, kv, prompts.size() * kvHeads, (job, thread) -> {
            // The last rows see most: they go first, so that no thread is left with one of them alone.
            Run run = prompts.get(prompts.size() - 1 - job / kvHeads);
            int kvHead = job % kvHeads;
            DecoderRow first = rows.get(active[run.first]);
            promptAttention[thread].attend(qkv, run.first * width + kvHead * group * d, width, group, d, scale(), kv, first.plane(kvHead, kvHeads, d),
                    first.plane(kvHeads + kvHead, kvHeads, d), first.settled(), run.rows, attended, (run.first * heads + kvHead * group) * d, heads * d);
        });
    }

    /** @param promptJobs are shared out together with those of the other rows */
    private void attend(List<DecoderRow> rows, int[] active, MemorySegment kv, int promptJobs, KernelThreads.Part prompts) {
        int d = architecture.headDim();
        int heads = architecture.heads();
        int kvHeads = architecture.kvHeads();
        int group = heads / kvHeads;
        int width = (heads + 2 * kvHeads) * d;
        int[] single = IntStream.range(0, active.length).filter(i -> !rows.get(active[i]).prompt()).toArray();
        int together = promptJobs == 0 && single.length * kvHeads < SHARES * threads.count() ? 1 : group;
        int perRow = heads / together;
        threads.run(promptJobs + single.length * perRow, (job, thread) -> {
            if (job < promptJobs) {
                prompts.run(job, thread);
                return;
            }
            int i = single[(job - promptJobs) / perRow];
            int head = (job - promptJobs) % perRow * together;
            int kvHead = head / group;
            DecoderRow row = rows.get(active[i]);
            Attention.attend(qkv, i * width + head * d, together, d, scale(), kv, row.plane(kvHead, kvHeads, d), kv, row.plane(kvHeads + kvHead, kvHeads, d),
                    row.settled(), row.open(), row.open().length, attended, (i * heads + head) * d, scratch[thread]);
        });
    }

    private float scale() {
        return (float) (1 / Math.sqrt(architecture.headDim()));
    }

    /** Rows of prompts that stand one behind the other, so many at most. */
    private static List<Run> promptRuns(List<DecoderRow> rows, int[] active, int most) {
        var runs = new ArrayList<Run>();
        for (int first = 0, end; first < active.length; first = end) {
            end = first + 1;
            if (rows.get(active[first]).prompt()) {
                while (end < active.length && end - first < most && rows.get(active[end - 1]).goesOnWith(rows.get(active[end]))) {
                    end++;
                }
                runs.add(new Run(first, end - first));
            }
        }
        return runs;
    }

    /** Indices of active rows. */
    record Run(int first, int rows) {
    }

    /**
     * The head's answer to rows of the residual stream.
     *
     * @param states [rows, hidden], as {@link #forward} leaves them
     * @param target receives float32 [rows, vocabulary]
     */
    public void head(float[] states, int rows, MemorySegment target) {
        int hidden = architecture.hidden();
        inner = room(inner, rows * hidden);
        logits = room(logits, InputPanel.padded(rows) * architecture.vocabulary());
        headInputs.shape(weights.head(), rows, 0);
        perRow(rows, i -> headInputs.set(i, normed(states, i, i, weights.finalNorm()), i * hidden));
        headInputs.multiply(logits, target);
    }

    /** Shares out a number of rows of logits; each thread reads with its own. */
    public void readLogits(int rows, ObjIntConsumer<LogitRow> reading) {
        threads.run(rows, (row, thread) -> reading.accept(logitRows[thread], row));
    }

    @Override
    public void close() {
        threads.close();
        inputs.close();
        headInputs.close();
        promptProducts.ifPresent(PromptProducts::close);
        weights.close();
    }
}
