package dev.cadenza.cli.bench;

import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.HiddenStates;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Sequences of random tokens at one length, to be stepped again and again without growing. Device thread only. */
final class FilledRegions implements AutoCloseable {
    private static final long SEED = 42;

    private final Engine engine;
    private final Random random = new Random(SEED);
    private final List<Region> regions = new ArrayList<>();
    private final int settled;

    /**
     * Opens and fills them.
     *
     * @param settled positions of each, 0 or more
     * @param room    open nodes that each must hold behind them
     * @param chunk   prompt tokens of one step, a multiple of the engine's prefill block
     * @throws KvExhausted not all find room; none stays open
     */
    FilledRegions(Engine engine, int sequences, int settled, int room, int chunk) throws KvExhausted, StepFailed {
        this.engine = engine;
        this.settled = settled;
        try {
            for (int i = 0; i < sequences; i++) {
                regions.add(engine.open(settled + room));
            }
            for (Region region : regions) {
                fill(region, settled, chunk);
            }
        } catch (KvExhausted | StepFailed | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Computes one sequence's prompt from nothing, its last row sampled, as a request's would be; its former content goes. */
    void prefill(int sequence, int tokens, int chunk) throws StepFailed {
        Region region = regions.get(sequence);
        region.truncate(0);
        fill(region, tokens, chunk);
    }

    private void fill(Region region, int tokens, int chunk) throws StepFailed {
        while (region.settled() < tokens) {
            int from = region.settled();
            int rows = Math.min(chunk, tokens - from);
            boolean last = from + rows == tokens;
            engine.step(new StepPlan(List.of(Segment.chain(region, Role.PREFILL, words(rows), last ? List.of(sample(rows - 1, tokens)) : List.of()))));
            region.keep(IntStream.range(0, rows).toArray());
        }
    }

    /** One step in which the first {@code sequences} have a chain of {@code nodes} next tokens each, every one sampled; the nodes are dropped again. */
    void step(int sequences, int nodes) throws StepFailed {
        List<Segment> segments = new ArrayList<>(sequences);
        for (Region region : regions.subList(0, sequences)) {
            segments.add(Segment.chain(region, Role.DECODE, words(nodes),
                    IntStream.range(0, nodes).mapToObj(row -> (Want) sample(row, settled + row + 1)).toList()));
        }
        engine.step(new StepPlan(segments));
        regions.subList(0, sequences).forEach(Region::keep);
    }

    /** One step in which the first {@code sequences} have a next token each, through these layers; it is dropped again. */
    void step(int sequences, LayerSet layers) throws StepFailed {
        List<Segment> segments = new ArrayList<>(sequences);
        for (Region region : regions.subList(0, sequences)) {
            segments.add(Segment.chain(region, Role.DECODE, words(1), layers, List.of(sample(0, settled + 1))));
        }
        engine.step(new StepPlan(segments));
        regions.subList(0, sequences).forEach(Region::keep);
    }

    /**
     * A next token through every layer for each of the first {@code sequences}, cut behind the last layer; it is dropped again.
     *
     * @return nanoseconds of what follows the layers, a call of its own
     */
    long headNanos(int sequences) throws StepFailed {
        int layers = engine.shape().layers();
        List<Segment> bodies = new ArrayList<>(sequences);
        for (Region region : regions.subList(0, sequences)) {
            bodies.add(Segment.chain(region, Role.DECODE, words(1), List.of(new Want.KeepHidden(0, layers))));
        }
        List<HiddenStates> states = engine.step(new StepPlan(bodies)).segments().stream().map(SegmentResult::hidden).toList();
        try {
            long start = System.nanoTime();
            engine.step(new StepPlan(states.stream()
                    .map(state -> Segment.resume(state, LayerSet.range(layers, layers), List.of(sample(0, settled + 1)))).toList()));
            return System.nanoTime() - start;
        } finally {
            states.forEach(HiddenStates::close);
            regions.subList(0, sequences).forEach(Region::keep);
        }
    }

    private static Want.Sample sample(int row, int position) {
        return new Want.Sample(row, Law.GREEDY, new Draw(SEED, 0, position, 0), -1);
    }

    private int[] words(int count) {
        int[] words = new int[count];
        Arrays.setAll(words, _ -> random.nextInt(engine.shape().vocabulary()));
        return words;
    }

    @Override
    public void close() {
        regions.forEach(Region::close);
    }
}
