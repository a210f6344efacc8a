package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Random lives of regions, with trees that grow over several steps, any layer sets and forwards that stop and go on: whatever comes back is what
 * {@link ToyModel} computes from the row's path and the layers that each of its tokens has run, with no region in the way.
 */
class ToyLayersTest {
    private static final int LIVES = 200;
    private static final int VOCABULARY = 9;
    private static final Law PLAIN = new Law(1, 0, 1, 0, LogitEdits.NONE);
    private static final Law LAW = new Law(1.2f, 5, 0.95f, 0,
            new LogitEdits(new int[] {2, 4}, new float[] {1.3f, 1}, new float[] {0, -1}));

    private final Shape shape = ToyEngine.shape(VOCABULARY, 100, 2_000);
    private final ToyEngine engine = new ToyEngine(shape, 5, ToyEngine.Faults.NONE);
    private final ToyModel model = new ToyModel(shape, 5);
    private int goneOn;
    private int leftOut;

    @Test
    void whateverComesBackIsRecomputedFromPathAndLayers() throws Exception {
        for (long seed = 0; seed < LIVES; seed++) {
            Random random = new Random(seed);
            List<Mirror> mirrors = new ArrayList<>();
            try {
                for (int i = 0; i < 3; i++) {
                    mirrors.add(new Mirror(random, engine.open(60)));
                }
                for (int round = 0; round < 30; round++) {
                    live(random, mirrors);
                }
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            } finally {
                mirrors.forEach(Mirror::close);
            }
        }

        assertThat(engine.kvBytesUsed()).isZero();
        assertThat(engine.keptStates()).isZero();
        assertThat(goneOn).as("rows that went on").isGreaterThan(3 * LIVES);
        assertThat(leftOut).as("settled positions without a layer").isGreaterThan(5 * LIVES);
    }

    private void live(Random random, List<Mirror> mirrors) throws StepFailed {
        List<Mirror> moving = new ArrayList<>();
        List<Segment> segments = new ArrayList<>();
        for (Mirror mirror : mirrors) {
            switch (random.nextInt(7)) {
                case 0 -> mirror.settle(mirrors.get(random.nextInt(mirrors.size())));
                case 1, 2, 3, 4 -> mirror.goOn().ifPresent(segment -> {
                    moving.add(mirror);
                    segments.add(segment);
                });
                default -> {
                    if (mirror.region.settled() + mirror.region.open() < 55) {
                        moving.add(mirror);
                        segments.add(mirror.grow());
                    }
                }
            }
        }
        if (segments.isEmpty()) {
            return;
        }
        List<SegmentResult> results = engine.step(new StepPlan(segments)).segments();
        for (int i = 0; i < results.size(); i++) {
            moving.get(i).check(segments.get(i), results.get(i));
        }
    }

    /** @param parent index in the list, -1: none */
    private record Token(int id, Role role, int parent, BitSet ran) {
    }

    /** What a region should hold, and the states kept from it that are still good. */
    private final class Mirror {
        private final Random random;
        private final Region region;
        private final List<Token> tokens = new ArrayList<>();
        private final List<HiddenStates> kept = new ArrayList<>();
        private int[] rows = new int[0];

        Mirror(Random random, Region region) {
            this.random = random;
            this.region = region;
        }

        void close() {
            forget();
            region.close();
        }

        /** New tokens, anywhere, through layers that all they hang on have run. */
        Segment grow() {
            int settled = region.settled();
            int open = region.open();
            BitSet usable = usable(-1);
            boolean prefill = open == 0 && settled % shape.prefillBlock() == 0 && usable.cardinality() == shape.layers() && random.nextBoolean();
            int[] ids = random.ints(1 + random.nextInt(3), 0, VOCABULARY).toArray();
            int[] parents = new int[ids.length];
            rows = new int[ids.length];
            for (int i = 0; i < ids.length; i++) {
                parents[i] = prefill ? i - 1 : random.nextInt(open + i + 1) - 1;
                if (parents[i] >= 0 && parents[i] < open) {
                    usable.and(usable(parents[i]));
                }
            }
            BitSet set = (BitSet) usable.clone();
            if (!prefill && random.nextInt(3) == 0) {
                set.clear(random.nextInt(shape.layers()));
            }
            if (!prefill && random.nextBoolean()) {
                set.clear(random.nextInt(shape.layers()), shape.layers());
            }
            Role role = prefill ? Role.PREFILL : Role.DECODE;
            for (int i = 0; i < ids.length; i++) {
                rows[i] = tokens.size();
                tokens.add(new Token(ids[i], role, parents[i] < 0 ? settled - 1 : settled + parents[i], (BitSet) set.clone()));
            }
            return new Segment(region, role, new Input.Tokens(ids, parents), prefill ? LayerSet.ALL : LayerSet.of(set), wants(0, set.length()));
        }

        /** Some states that enter one layer, if their nodes may go on. */
        Optional<Segment> goOn() {
            if (kept.isEmpty()) {
                return Optional.empty();
            }
            int layer = kept.get(random.nextInt(kept.size())).layer();
            List<HiddenStates> states = kept.stream().filter(some -> some.layer() == layer && random.nextInt(5) > 0 && fresh(some)).toList();
            BitSet set = new BitSet();
            set.set(layer, shape.layers());
            int[] nodes = states.stream().flatMapToInt(some -> IntStream.of(some.nodes())).toArray();
            if (nodes.length == 0 || IntStream.of(nodes).distinct().count() < nodes.length) {
                return Optional.empty();
            }
            for (int node : nodes) {
                int parent = tokens.get(region.settled() + node).parent() - region.settled();
                if (IntStream.of(nodes).noneMatch(other -> other == parent)) {
                    set.and(usable(Math.max(-1, parent)));
                }
            }
            if (random.nextBoolean()) {
                set.clear(random.nextInt(shape.layers()));
            }
            rows = IntStream.of(nodes).map(node -> region.settled() + node).toArray();
            for (int row : rows) {
                tokens.get(row).ran().or(set);
            }
            goneOn += set.isEmpty() ? 0 : rows.length;
            return Optional.of(Segment.resume(states, LayerSet.of(set), wants(layer, Math.max(layer, set.length()))));
        }

        /** Whether these are the latest states of all their nodes. */
        private boolean fresh(HiddenStates states) {
            List<HiddenStates> later = kept.subList(kept.indexOf(states) + 1, kept.size());
            return IntStream.of(states.nodes()).allMatch(node -> tokens.get(region.settled() + node).ran().length() <= states.layer()
                    && later.stream().noneMatch(other -> IntStream.of(other.nodes()).anyMatch(again -> again == node)));
        }

        /** @param reached hidden states are kept from this layer on, so that no layer runs below one that has run */
        private List<Want> wants(int lowest, int reached) {
            List<Want> wants = new ArrayList<>();
            int keeping = reached + (random.nextInt(3) == 0 ? random.nextInt(shape.layers() + 1 - reached) : 0);
            for (int row = 0; row < rows.length; row++) {
                wants.add(new Want.Sample(row, LAW, new Draw(random.nextLong(), 0, 3, 0), random.nextInt(4) - 1));
                wants.add(new Want.Probabilities(row, LAW));
                wants.add(new Want.Tap(row, lowest + random.nextInt(shape.layers() + 1 - lowest)));
                if (random.nextInt(3) > 0) {
                    wants.add(new Want.KeepHidden(row, keeping));
                }
            }
            return wants;
        }

        /** Layers that a row may run which hangs on this open node, or on the settled prefix. */
        private BitSet usable(int node) {
            BitSet usable = new BitSet();
            IntStream.range(0, shape.layers()).filter(layer -> region.written(layer) == region.settled()).forEach(usable::set);
            if (node >= 0) {
                usable.and(tokens.get(region.settled() + node).ran());
            }
            return usable;
        }

        void check(Segment segment, SegmentResult result) {
            if (result.hidden() != null) {
                kept.add(result.hidden());
                assertThat(result.hidden().nodes()).isEqualTo(segment.wants().stream().filter(Want.KeepHidden.class::isInstance)
                        .mapToInt(want -> rows[want.row()] - region.settled()).toArray());
            }
            int samples = 0;
            int laws = 0;
            int taps = 0;
            for (Want want : segment.wants()) {
                float[] logits = model.logits(state(rows[want.row()], shape.layers()));
                switch (want) {
                    case Want.Sample sample -> {
                        Sampled sampled = result.samples().get(samples++);
                        assertThat(LawProbabilities.of(logits, sample.law())[sampled.token()]).isPositive();
                        if (sample.topLogprobs() >= 0) {
                            double p = ReferenceLaw.probabilities(logits, PLAIN)[sampled.token()];
                            assertThat(sampled.logprob()).isCloseTo((float) Math.log(p), within(1e-5f));
                        }
                    }
                    case Want.Probabilities whole -> assertThat(result.probabilities().get(laws++))
                            .containsExactly(ReferenceLaw.probabilities(logits, whole.law()), within(1e-12));
                    case Want.Tap tap -> assertThat(result.taps().get(taps++)).isEqualTo(model.residual(state(rows[tap.row()], tap.layer())));
                    case Want.KeepHidden _ -> assertThat(result.hidden()).isNotNull();
                }
            }
            assertThat(region.settled() + region.open()).isEqualTo(tokens.size());
        }

        private long state(int row, int layer) {
            List<Token> path = new ArrayList<>();
            for (int at = row; at >= 0; at = tokens.get(at).parent()) {
                path.addFirst(tokens.get(at));
            }
            return model.state(path.stream().mapToInt(Token::id).toArray(), path.stream().map(Token::role).toArray(Role[]::new),
                    path.stream().map(token -> LayerSet.of(token.ran())).toArray(LayerSet[]::new), layer);
        }

        /** Keeps a path, and at times shortens the region, lengthens it, or makes it a copy. */
        void settle(Mirror other) {
            int settled = region.settled();
            List<Integer> path = new ArrayList<>();
            if (region.open() > 0 && random.nextInt(4) > 0) {
                for (int at = settled + random.nextInt(region.open()); at >= settled; at = tokens.get(at).parent()) {
                    path.addFirst(at);
                }
            }
            List<Token> onPath = path.stream().map(tokens::get).toList();
            tokens.subList(settled, tokens.size()).clear();
            onPath.forEach(token -> tokens.add(new Token(token.id(), token.role(), tokens.size() - 1, token.ran())));
            forget();
            region.keep(path.stream().mapToInt(at -> at - settled).toArray());
            switch (random.nextInt(8)) {
                case 0, 1 -> shorten(random.nextInt(region.settled() + 1));
                case 2 -> assertThat(region.grow(Math.max(region.capacity(), 60 + random.nextInt(10)))).isTrue();
                case 3 -> {
                    if (other != this) {
                        int slots = random.nextInt(Math.min(other.region.settled(), region.capacity()) + 1);
                        tokens.clear();
                        tokens.addAll(other.tokens.subList(0, slots));
                        region.adopt(other.region, slots);
                    }
                }
                default -> {
                }
            }
            checkWritten();
        }

        private void shorten(int slots) {
            tokens.subList(slots, tokens.size()).clear();
            region.truncate(slots);
        }

        private void checkWritten() {
            assertThat(region.settled()).isEqualTo(tokens.size());
            for (int layer = 0; layer < shape.layers(); layer++) {
                int at = layer;
                int written = (int) tokens.stream().takeWhile(token -> token.ran().get(at)).count();
                assertThat(region.written(layer)).as("layer %d", layer).isEqualTo(written);
                leftOut += tokens.size() - written;
            }
        }

        private void forget() {
            kept.forEach(HiddenStates::close);
            kept.clear();
        }
    }
}
