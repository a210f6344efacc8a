package dev.cadenza.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A small language model that is known exactly, with no native code. Logits hash the last two tokens (so that text repeats itself and drafts are
 * accepted) and, weaker, everything on the row's path as its region stores it, roles included (so that any slip in what is stored shows). The last
 * token of the vocabulary is never said unless forced, so tests may mark sequences by it. Polices its callers: thread, order, alignment, double use.
 */
public final class ToyEngine implements Engine {
    private static final int CANDIDATES = 6;
    private static final float UNSAID = -50;

    private final Shape shape;
    private final long seed;
    private final Faults faults;
    private final Thread thread = Thread.currentThread();
    private final Set<ToyRegion> open = new HashSet<>();
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
        this.seed = seed;
        this.faults = faults;
        this.sampler = new CandidateDraw(shape.vocabulary());
    }

    /** Blocks of 4 positions, 64 bytes a slot. */
    public static Shape shape(int vocabulary, int context, int kvSlots) {
        return new Shape(2, 8, vocabulary, context, 64, 64L * kvSlots, 4, true);
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
        ToyRegion region = new ToyRegion(slots);
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
            region.append(segment);
            if (faults.spoils(segment)) {
                region.spoiled = true;
                results.add(new SegmentResult(List.of(), "logits are not finite"));
            } else {
                int first = region.nodes.size() - segment.tokens().length;
                results.add(new SegmentResult(segment.wants().stream().map(want -> sample(region, first, (Want.Sample) want)).toList(), null));
            }
        }
        return new StepResult(results);
    }

    @Override
    public long kvBytesUsed() {
        return kvBytesUsed;
    }

    @Override
    public void close() {
        require(Thread.currentThread() == thread, "closed by thread %s", Thread.currentThread());
        closed = true;
        List.copyOf(open).forEach(ToyRegion::close);
    }

    public boolean closed() {
        return closed;
    }

    public int steps() {
        return steps;
    }

    /** Raw logits after a path of tokens computed in these roles, [vocabulary]. */
    public float[] logits(int[] tokens, Role[] roles) {
        long path = seed;
        for (int i = 0; i < tokens.length; i++) {
            path = mix(path ^ tokens[i] * 2L + roles[i].ordinal());
        }
        int last = tokens[tokens.length - 1];
        int beforeLast = tokens.length > 1 ? tokens[tokens.length - 2] : 0;
        long local = mix(seed ^ last * 1_000L + beforeLast);
        float[] logits = new float[shape.vocabulary()];
        for (int t = 0; t < logits.length; t++) {
            logits[t] = 6 * unit(mix(local ^ t)) + 1.5f * unit(mix(path ^ t));
        }
        logits[logits.length - 1] = UNSAID;
        return logits;
    }

    private Sampled sample(ToyRegion region, int first, Want.Sample want) {
        List<Node> path = region.path(first + want.row());
        return sample(path.stream().mapToInt(Node::token).toArray(), path.stream().map(Node::role).toArray(Role[]::new), want);
    }

    /** What a step brings back for a row with this path, computed apart from any region. */
    public Sampled sample(int[] tokens, Role[] roles, Want.Sample want) {
        float[] raw = logits(tokens, roles);
        float[] edited = raw.clone();
        want.law().edits().apply(edited);
        int token = sampler.draw(want.law(), want.draw(), candidates(edited, want.law()));
        if (want.topLogprobs() < 0) {
            return new Sampled(want.row(), token, Float.NaN, new int[0], new float[0]);
        }
        double norm = logSumExp(raw, 1);
        int[] top = mostLikely(raw, Math.min(want.topLogprobs(), raw.length));
        float[] topLogprobs = new float[top.length];
        for (int i = 0; i < top.length; i++) {
            topLogprobs[i] = (float) (raw[top[i]] - norm);
        }
        return new Sampled(want.row(), token, (float) (raw[token] - norm), top, topLogprobs);
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

    private static long mix(long z) {
        long a = (z + 0x9E3779B97F4A7C15L ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }

    /** In [-1, 1). */
    private static float unit(long bits) {
        return (bits >> 40) * 0x1p-23f;
    }

    private void check(Segment segment) {
        ToyRegion region = (ToyRegion) segment.region();
        require(open.contains(region), "a step with a closed or foreign region");
        require(!region.spoiled, "a step with a region whose segment failed");
        int rows = segment.tokens().length;
        require(region.nodes.size() + rows <= region.capacity, "%d nodes and %d rows exceed %d slots", region.nodes.size(), rows, region.capacity);
        for (int i = 0; i < rows; i++) {
            require(segment.parents()[i] >= -1 && segment.parents()[i] < region.open() + i, "parent %d of row %d", segment.parents()[i], i);
            require(segment.tokens()[i] >= 0 && segment.tokens()[i] < shape.vocabulary(), "token %d", segment.tokens()[i]);
            if (segment.role() == Role.PREFILL) {
                require(segment.parents()[i] == i - 1, "prefill rows are no chain on the settled prefix");
            }
        }
        require(segment.role() == Role.DECODE || region.open() == 0 && region.settled % shape.prefillBlock() == 0,
                "prefill starts at %d with %d open nodes", region.settled, region.open());
        segment.wants().forEach(want -> require(want.row() >= 0 && want.row() < rows, "want of row %d", want.row()));
    }

    private void police() {
        require(Thread.currentThread() == thread, "used by thread %s", Thread.currentThread());
        require(!closed, "used after close");
    }

    private static void require(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new AssertionError("the engine's contract is broken: " + message.formatted(arguments));
        }
    }

    private boolean reserve(int slots) {
        long bytes = slots * shape.bytesPerSlot();
        if (kvBytesUsed + bytes > shape.kvBytes()) {
            return false;
        }
        kvBytesUsed = kvBytesUsed + bytes;
        return true;
    }

    /** @param parent index of a slot, -1: none */
    private record Node(int token, Role role, int parent) {
    }

    private final class ToyRegion implements Region {
        private final List<Node> nodes = new ArrayList<>();
        private int settled;
        private int capacity;
        private boolean released;
        private boolean spoiled;

        ToyRegion(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public int settled() {
            return settled;
        }

        @Override
        public int open() {
            return nodes.size() - settled;
        }

        @Override
        public int capacity() {
            return capacity;
        }

        @Override
        public boolean grow(int slots) {
            policeRegion();
            require(slots <= shape.context(), "grow(%d)", slots);
            if (slots > capacity) {
                if (!reserve(slots - capacity)) {
                    return false;
                }
                capacity = slots;
            }
            return true;
        }

        @Override
        public void keep(int... path) {
            policeRegion();
            int parent = settled - 1;
            List<Node> kept = new ArrayList<>();
            for (int index : path) {
                require(index >= 0 && index < open(), "keep(%d) of %d nodes", index, open());
                Node node = nodes.get(settled + index);
                require(node.parent() == parent, "kept node %d does not hang on the one before", index);
                parent = settled + index;
                kept.add(new Node(node.token(), node.role(), settled + kept.size() - 1));
            }
            nodes.subList(settled, nodes.size()).clear();
            nodes.addAll(kept);
            settled = nodes.size();
        }

        @Override
        public void truncate(int shorter) {
            policeRegion();
            require(open() == 0 && shorter >= 0 && shorter <= settled, "truncate(%d) of %d slots, %d open", shorter, settled, open());
            nodes.subList(shorter, nodes.size()).clear();
            settled = shorter;
        }

        @Override
        public void adopt(Region source, int slots) {
            policeRegion();
            ToyRegion from = (ToyRegion) source;
            from.policeRegion();
            require(from != this && open() == 0 && slots >= 0 && slots <= from.settled && slots <= capacity, "adopt(%d) of %d slots into %d, %d open",
                    slots, from.settled, capacity, open());
            nodes.clear();
            nodes.addAll(from.nodes.subList(0, slots));
            settled = slots;
        }

        @Override
        public void close() {
            require(Thread.currentThread() == thread, "region closed by thread %s", Thread.currentThread());
            if (!released) {
                released = true;
                open.remove(this);
                kvBytesUsed = kvBytesUsed - capacity * shape.bytesPerSlot();
            }
        }

        private void policeRegion() {
            police();
            require(!released, "a closed region is used");
            require(!spoiled, "a region whose segment failed is used");
        }

        private void append(Segment segment) {
            for (int i = 0; i < segment.tokens().length; i++) {
                int parent = segment.parents()[i];
                nodes.add(new Node(segment.tokens()[i], segment.role(), parent < 0 ? settled - 1 : settled + parent));
            }
        }

        private List<Node> path(int index) {
            List<Node> path = new ArrayList<>();
            for (int at = index; at >= 0; at = nodes.get(at).parent()) {
                path.add(nodes.get(at));
            }
            return path.reversed();
        }
    }
}
