package dev.cadenza.engine.vector;

import dev.cadenza.engine.machine.UntouchedMemory;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.WeightName.Kind;
import dev.cadenza.model.store.DerivedFile;
import dev.cadenza.model.store.DerivedFolder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A decoder's weights in the form of the kernels: without loss, lanes being outputs. Closing frees them. */
public final class DecoderWeights implements AutoCloseable {

    /** The norms as the checkpoint has them. */
    record Layer(float[] attentionNorm, Linear qkv, Linear attentionOutput, float[] feedForwardNorm, Linear gateUp, Linear down) {

        List<Linear> linears() {
            return List.of(qkv, attentionOutput, gateUp, down);
        }
    }

    private final Arena arena;
    private final List<Layer> layers;
    private final float[] finalNorm;
    private final Linear head;
    private final Linear embedding;
    private final DerivedFile.Aside fileWork;

    private DecoderWeights(Arena arena, List<Layer> layers, float[] finalNorm, Linear head, Linear embedding, DerivedFile.Aside fileWork) {
        this.arena = arena;
        this.fileWork = fileWork;
        this.layers = layers;
        this.finalNorm = finalNorm;
        this.head = head;
        this.embedding = embedding;
    }

    /**
     * Where weights are kept as the kernels read them, which depends on the registers.
     *
     * @param checkpoint as {@link DerivedFile#of} has it
     */
    public static DerivedFile file(DerivedFolder folder, Future<String> checkpoint) {
        return DerivedFile.of(folder, checkpoint, PackedForm.VERSION, CodeKernel.LANES + ".packed");
    }

    /**
     * Takes what it needs of an open checkpoint, on all cores.
     *
     * @param file holds what an earlier process packed of the same checkpoint, or shall hold it: it is written while all else goes on
     */
    public static DecoderWeights pack(Checkpoint checkpoint, DerivedFile file) {
        Architecture architecture = checkpoint.architecture();
        var linears = new ArrayList<List<WeightRows>>();
        for (int layer = 0; layer < architecture.layers(); layer++) {
            linears.add(parts(checkpoint, layer, Kind.QUERY, Kind.KEY, Kind.VALUE));
            linears.add(parts(checkpoint, layer, Kind.ATTENTION_OUTPUT));
            linears.add(parts(checkpoint, layer, Kind.GATE, Kind.UP));
            linears.add(parts(checkpoint, layer, Kind.DOWN));
        }
        linears.add(List.of(whole(head(checkpoint))));
        if (!architecture.tiedHead()) {
            linears.add(List.of(whole(checkpoint.weight(WeightName.of(Kind.EMBEDDING)))));
        }
        long[] ends = linears.stream().mapToLong(Linear::bytes).toArray();
        Arrays.parallelPrefix(ends, Long::sum);
        long bytes = ends[ends.length - 1];
        Arena arena = Arena.ofShared();
        Optional<DerivedFile.Kept> kept = file.map(bytes, arena);
        try {
            MemorySegment room = kept.map(DerivedFile.Kept::content).orElseGet(() -> room(bytes, arena));
            List<Linear> packed = IntStream.range(0, linears.size()).parallel().mapToObj(at -> Linear.pack(linears.get(at),
                    room.asSlice(at == 0 ? 0 : ends[at - 1]), kept.isPresent())).toList();
            List<Layer> layers = IntStream.range(0, architecture.layers()).mapToObj(layer -> new Layer(
                    norm(checkpoint, new WeightName(Kind.ATTENTION_NORM, layer)), packed.get(4 * layer), packed.get(4 * layer + 1),
                    norm(checkpoint, new WeightName(Kind.FEED_FORWARD_NORM, layer)), packed.get(4 * layer + 2), packed.get(4 * layer + 3))).toList();
            float[] finalNorm = norm(checkpoint, WeightName.of(Kind.FINAL_NORM));
            return new DecoderWeights(arena, layers, finalNorm, packed.get(4 * architecture.layers()), packed.getLast(),
                    kept.map(DerivedFile.Kept::reading).orElseGet(() -> file.keepAside(room)));
        } catch (RuntimeException | Error e) {
            kept.ifPresent(found -> found.reading().close());
            arena.close();
            throw e;
        }
    }

    /** One piece for all linears, one behind the other. */
    private static MemorySegment room(long bytes, Arena arena) {
        var memory = new UntouchedMemory(bytes);
        return memory.segment().reinterpret(arena, _ -> memory.close());
    }

    /**
     * The first layer's linears, each of its own shape, and the head, on the checkpoint that they were packed from.
     *
     * @param inputs     of layers
     * @param headInputs of the head
     */
    KernelCheck check(Checkpoint checkpoint, LinearInputs inputs, LinearInputs headInputs) {
        Layer first = layers.getFirst();
        return KernelCheck.of(first.qkv, parts(checkpoint, 0, Kind.QUERY, Kind.KEY, Kind.VALUE), inputs)
                .and(KernelCheck.of(first.attentionOutput, parts(checkpoint, 0, Kind.ATTENTION_OUTPUT), inputs))
                .and(KernelCheck.of(first.gateUp, parts(checkpoint, 0, Kind.GATE, Kind.UP), inputs))
                .and(KernelCheck.of(first.down, parts(checkpoint, 0, Kind.DOWN), inputs))
                .and(KernelCheck.of(head, List.of(whole(head(checkpoint))), headInputs));
    }

    private static Weight head(Checkpoint checkpoint) {
        return checkpoint.weight(WeightName.of(checkpoint.architecture().tiedHead() ? Kind.EMBEDDING : Kind.HEAD));
    }

    private static WeightRows whole(Weight weight) {
        return new WeightRows(weight, IntStream.range(0, weight.rows()).toArray());
    }

    private static List<WeightRows> parts(Checkpoint checkpoint, int layer, Kind... kinds) {
        return Stream.of(kinds).map(kind -> rows(checkpoint, kind, layer)).toList();
    }

    /** Rows of q and k in the order in which halves of a head rotate together. */
    private static WeightRows rows(Checkpoint checkpoint, Kind kind, int layer) {
        Weight weight = checkpoint.weight(new WeightName(kind, layer));
        return new WeightRows(weight, checkpoint.architecture().rotaryOrder(kind, weight.rows()));
    }

    private static float[] norm(Checkpoint checkpoint, WeightName name) {
        float[] values = new float[checkpoint.architecture().hidden()];
        checkpoint.weight(name).dequantise(0, 1, MemorySegment.ofArray(values));
        return values;
    }

    List<Layer> layers() {
        return layers;
    }

    float[] finalNorm() {
        return finalNorm;
    }

    Linear head() {
        return head;
    }

    /** An output per token. */
    Linear embedding() {
        return embedding;
    }

    /** Corners of linears that together have every format of the first layer and the head. */
    List<Linear> corners() {
        var seen = new HashSet<PackedForm.Format>();
        return Stream.concat(layers.getFirst().linears().stream(), Stream.of(head)).filter(linear -> seen.addAll(linear.formats()))
                .map(Linear::corner).toList();
    }

    /** Read by one row's step. */
    long bytes() {
        return head.bytes() + layers.stream().mapToLong(layer -> layer.qkv.bytes() + layer.attentionOutput.bytes() + layer.gateUp.bytes()
                + layer.down.bytes()).sum();
    }

    @Override
    public void close() {
        fileWork.close();
        arena.close();
    }
}
