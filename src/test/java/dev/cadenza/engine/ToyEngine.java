package dev.cadenza.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A small language model of few layers that is known exactly, with no native code: see {@link ToyModel}. Everything on a row's path as its region
 * stores it, roles and layers included, shows in its logits. Polices its callers: thread, order, alignment, double use. What the contract lets
 * callers find out by {@link IllegalArgumentException} is refused that way, all else is an {@link AssertionError}.
 */
public final class ToyEngine implements Engine {
    private static final int CANDIDATES = 6;

    private final Shape shape;
    private final ToyModel model;
    private final Faults faults;
    private final Thread thread = Thread.currentThread();
    private final Set<ToyRegion> open = new HashSet<>();
    private final Set<ToyHiddenStates> kept = new HashSet<>();
    private final CandidateDraw sampler;
    private volatile long kvBytesUsed;
    private boolean closed;
    private int steps;

    /** Makes steps and segments fail. */
    public interface Faults {
        Faults NONE = new Faults() {
        };

        /** Before anything has changed. */
        default void before(StepPlan plan) throws StepFailed {
        }

        /** Whether the segment's logits turn out not finite. */
        default boolean spoils(Segment segment) {
            return false;
        }
    }

    public ToyEngine(Shape shape, long seed, Faults faults) {
        this.shape = shape;
        this.model = new ToyModel(shape, seed);
        this.faults = faults;
        this.sampler = new CandidateDraw(shape.vocabulary());
    }

    /** Four layers, blocks of 4 positions, 64 bytes a slot. */
    public static Shape shape(int vocabulary, int context, int kvSlots) {
        return new Shape(4, 8, vocabulary, context, 64, 64L * kvSlots, 4, true);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public Region open(int slots) throws KvExhausted {
        police();
        require(slots >= 1 && slots <= shape.context(), "open(%d)", slots);
        if (!reserve(slots)) {
            throw new KvExhausted(slots * shape.bytesPerSlot(), shape.kvBytes() - kvBytesUsed);
        }
        ToyRegion region = new ToyRegion(this, model, slots);
        open.add(region);
        return region;
    }

    @Override
    public boolean couldOpen(int slots) {
        return slots * shape.bytesPerSlot() <= shape.kvBytes();
    }

    @Override
    public boolean couldOpen(int slots, Collection<Region> without) {
        police();
        require(open.containsAll(without), "closed or foreign regions");
        long freed = Set.copyOf(without).stream().mapToLong(Region::capacity).sum() * shape.bytesPerSlot();
        return kvBytesUsed - freed + slots * shape.bytesPerSlot() <= shape.kvBytes();
    }

    @Override
    public StepResult step(StepPlan plan) throws StepFailed {
        police();
        require(!plan.segments().isEmpty(), "empty plan");
        Set<Region> seen = new HashSet<>();
        for (Segment segment : plan.segments()) {
            check(segment);
            require(seen.add(segment.region()), "a region twice in one step");
        }
        faults.before(plan);
        steps++;
        List<SegmentResult> results = new ArrayList<>();
        for (Segment segment : plan.segments()) {
            ToyRegion region = (ToyRegion) segment.region();
            int before = region.open();
            long[][] states = region.run(segment);
            if (faults.spoils(segment)) {
                region.spoil();
                results.add(SegmentResult.failed("logits are not finite"));
            } else {
                int[] nodes = segment.input() instanceof Input.Hidden hidden ? hidden.nodes() : IntStream.range(before, region.open()).toArray();
                results.add(bringBack(segment, nodes, states));
            }
        }
        return new StepResult(results);
    }

    private SegmentResult bringBack(Segment segment, int[] nodes, long[][] states) {
        List<Sampled> samples = new ArrayList<>();
        List<double[]> probabilities = new ArrayList<>();
        List<float[]> taps = new ArrayList<>();
        List<Want.KeepHidden> keeps = new ArrayList<>();
        for (Want want : segment.wants()) {
            long last = states[shape.layers()][want.row()];
            switch (want) {
                case Want.Sample sample -> samples.add(sample(model.logits(last), sample));
                case Want.Probabilities(int _, Law law) -> probabilities.add(LawProbabilities.of(model.logits(last), law));
                case Want.Tap(int row, int layer) -> taps.add(model.residual(states[layer][row]));
                case Want.KeepHidden keep -> keeps.add(keep);
            }
        }
        return new SegmentResult(samples, probabilities, taps, keeps.isEmpty() ? null : keep(segment, nodes, keeps, states), null);
    }

    private HiddenStates keep(Segment segment, int[] nodes, List<Want.KeepHidden> keeps, long[][] states) {
        int layer = keeps.getFirst().layer();
        ToyHiddenStates hidden = new ToyHiddenStates(this, (ToyRegion) segment.region(), keeps.stream().mapToInt(keep -> nodes[keep.row()]).toArray(),
                layer, keeps.stream().mapToLong(keep -> states[layer][keep.row()]).toArray());
        kept.add(hidden);
        return hidden;
    }

    @Override
    public long kvBytesUsed() {
        return kvBytesUsed;
    }

    @Override
    public void close() {
        requireOwner();
        closed = true;
        List.copyOf(open).forEach(ToyRegion::close);
        kept.clear();
    }

    public boolean closed() {
        return closed;
    }

    public int steps() {
        return steps;
    }

    /** Hidden states that nobody has closed yet. */
    public int keptStates() {
        return kept.size();
    }

    /** Raw logits after a path of tokens computed in these roles through every layer, [vocabulary]. */
    public float[] logits(int[] tokens, Role[] roles) {
        LayerSet[] sets = new LayerSet[tokens.length];
        Arrays.fill(sets, LayerSet.ALL);
        return model.logits(model.state(tokens, roles, sets, shape.layers()));
    }

    /** What a step brings back for a row with this path, each token through its layers, computed apart from any region. */
    /** What a tap behind the last layer brings back of the last of these tokens. */
    public float[] residual(int[] tokens, Role[] roles) {
        LayerSet[] all = new LayerSet[tokens.length];
        Arrays.fill(all, LayerSet.ALL);
        return model.residual(model.state(tokens, roles, all, shape.layers()));
    }

    public Sampled sample(int[] tokens, Role[] roles, LayerSet[] sets, Want.Sample want) {
        return sample(model.logits(model.state(tokens, roles, sets, shape.layers())), want);
    }

    private Sampled sample(float[] raw, Want.Sample want) {
        float[] edited = raw.clone();
        want.law().edits().apply(edited);
        int token = sampler.draw(want.law(), want.draw(), candidates(edited, want.law()));
        Sampled.Uncertainty uncertainty = want.uncertainty() ? uncertainty(raw, want, token) : null;
        if (want.topLogprobs() < 0) {
            return new Sampled(want.row(), token, Float.NaN, new int[0], new float[0], uncertainty);
        }
        double norm = logSumExp(raw, 1);
        int[] top = mostLikely(raw, Math.min(want.topLogprobs(), raw.length));
        float[] topLogprobs = new float[top.length];
        for (int i = 0; i < top.length; i++) {
            topLogprobs[i] = (float) (raw[top[i]] - norm);
        }
        return new Sampled(want.row(), token, (float) (raw[token] - norm), top, topLogprobs, uncertainty);
    }

    private Sampled.Uncertainty uncertainty(float[] raw, Want.Sample want, int token) {
        double[] p = LawProbabilities.of(raw, want.law());
        return new Sampled.Uncertainty(Math.log(p[token]), entropy(p), entropy(LawProbabilities.of(raw, new Law(1, 0, 1, 0, LogitEdits.NONE))),
                other -> sample(raw, want.drawnAs(other)));
    }

    private static double entropy(double[] p) {
        return -DoubleStream.of(p).filter(x -> x > 0).map(x -> x * Math.log(x)).sum();
    }

    private static Candidates candidates(float[] edited, Law law) {
        int[] ids = mostLikely(edited, Math.min(CANDIDATES, edited.length));
        float[] logits = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            logits[i] = edited[ids[i]];
        }
        return new Candidates(ids, logits, 0, ids.length, law.greedy() ? 0 : logSumExp(edited, law.temperature()), () -> edited);
    }

    private static int[] mostLikely(float[] row, int count) {
        return IntStream.range(0, row.length).boxed().sorted((a, b) -> row[a] == row[b] ? a - b : Float.compare(row[b], row[a])).limit(count)
                .mapToInt(id -> id).toArray();
    }

    private static double logSumExp(float[] row, double temperature) {
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp(logit / temperature);
        }
        return Math.log(sum);
    }

    private void check(Segment segment) {
        ToyRegion region = (ToyRegion) segment.region();
        require(open.contains(region), "a step with a closed or foreign region");
        region.police();
        switch (segment.input()) {
            case Input.Tokens tokens -> check(segment, region, tokens);
            case Input.Hidden hidden -> check(segment, region, hidden);
        }
        check(segment.wants(), segment.rows(), segment.input() instanceof Input.Hidden hidden ? hidden.layer() : 0);
    }

    private void check(Segment segment, ToyRegion region, Input.Tokens tokens) {
        int rows = tokens.rows();
        int open = region.open();
        require(region.settled() + open + rows <= region.capacity(), "%d nodes and %d rows exceed %d slots", region.settled() + open, rows,
                region.capacity());
        require(segment.role() == Role.DECODE || open == 0 && region.settled() % shape.prefillBlock() == 0,
                "prefill starts at %d with %d open nodes", region.settled(), open);
        for (int i = 0; i < rows; i++) {
            int parent = tokens.parents()[i];
            require(parent >= -1 && parent < open + i, "parent %d of row %d", parent, i);
            require(tokens.ids()[i] >= 0 && tokens.ids()[i] < shape.vocabulary(), "token %d", tokens.ids()[i]);
            require(segment.role() == Role.DECODE || parent == i - 1, "prefill rows are no chain on the settled prefix");
            if (parent < open) {
                checkVisible(segment.layers(), region, parent);
            }
        }
    }

    private void check(Segment segment, ToyRegion region, Input.Hidden hidden) {
        boolean runs = segment.layers().count(shape.layers()) > 0;
        hidden.states().forEach(states -> ((ToyHiddenStates) states).police(runs));
        Set<Integer> rows = new HashSet<>();
        for (int node : hidden.nodes()) {
            require(rows.add(node), "node %d goes on twice in one segment", node);
        }
        refuse(hidden.states().getFirst().region() == region, "hidden states of another region");
        for (int layer = 0; layer < hidden.layer(); layer++) {
            refuse(!segment.layers().contains(layer), "layer %d lies below the hidden states, which enter layer %d", layer, hidden.layer());
        }
        for (int node : rows) {
            int highest = IntStream.range(0, shape.layers()).filter(layer -> region.ran(node, layer)).max().orElse(-1);
            require(IntStream.rangeClosed(0, highest).noneMatch(segment.layers()::contains), "node %d, which has run layer %d, runs %s", node,
                    highest, segment.layers());
            if (!rows.contains(region.parent(node))) {
                checkVisible(segment.layers(), region, region.parent(node));
            }
        }
    }

    /** That what a row sees has run the layers that it runs. An open node has only run what its own ancestors had. */
    private void checkVisible(LayerSet layers, ToyRegion region, int parent) {
        for (int layer = 0; layer < shape.layers(); layer++) {
            if (layers.contains(layer)) {
                refuse(region.written(layer) == region.settled(), "layer %d was left out from position %d on", layer, region.written(layer));
                refuse(parent < 0 || region.ran(parent, layer), "layer %d was left out by open node %d", layer, parent);
            }
        }
    }

    private void check(List<Want> wants, int rows, int lowest) {
        int keptLayer = -1;
        for (Want want : wants) {
            refuse(want.row() >= 0 && want.row() < rows, "want of row %d of %d", want.row(), rows);
            int layer = switch (want) {
                case Want.Tap tap -> tap.layer();
                case Want.KeepHidden keep -> keep.layer();
                case Want.Sample _, Want.Probabilities _ -> shape.layers();
            };
            refuse(layer >= lowest && layer <= shape.layers(), "want at layer %d, must be in [%d, %d]", layer, lowest, shape.layers());
            if (want instanceof Want.KeepHidden) {
                refuse(keptLayer < 0 || keptLayer == layer, "hidden states of layers %d and %d in one segment", keptLayer, layer);
                keptLayer = layer;
            }
        }
    }

    void police() {
        require(Thread.currentThread() == thread, "used by thread %s", Thread.currentThread());
        require(!closed, "used after close");
    }

    /** Closing may follow the engine's own. */
    void requireOwner() {
        require(Thread.currentThread() == thread, "closed by thread %s", Thread.currentThread());
    }

    static void require(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new AssertionError("the engine's contract is broken: " + message.formatted(arguments));
        }
    }

    private static void refuse(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new IllegalArgumentException(message.formatted(arguments));
        }
    }

    boolean reserve(int slots) {
        long bytes = slots * shape.bytesPerSlot();
        if (kvBytesUsed + bytes > shape.kvBytes()) {
            return false;
        }
        kvBytesUsed = kvBytesUsed + bytes;
        return true;
    }

    void release(ToyRegion region) {
        open.remove(region);
        kvBytesUsed = kvBytesUsed - region.capacity() * shape.bytesPerSlot();
    }

    void release(ToyHiddenStates states) {
        kept.remove(states);
    }
}
