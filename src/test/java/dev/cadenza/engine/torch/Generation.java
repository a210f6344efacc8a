package dev.cadenza.engine.torch;

import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** A sequence that a test drives by hand: prompt in chunks, then next tokens one by one or as chains of known tokens. */
final class Generation implements AutoCloseable {
    private final int[] prompt;
    private final Law law;
    private final long seed;
    private final int wanted;
    private final Region region;
    final List<Sampled> samples = new ArrayList<>();

    Generation(Engine engine, int[] prompt, Law law, long seed, int wanted) throws KvExhausted {
        this.prompt = prompt;
        this.law = law;
        this.seed = seed;
        this.wanted = wanted;
        this.region = engine.open(prompt.length + wanted);
    }

    boolean done() {
        return samples.size() >= wanted;
    }

    int settled() {
        return region.settled();
    }

    List<Integer> tokens() {
        return samples.stream().map(Sampled::token).toList();
    }

    List<Integer> logprobBits() {
        return samples.stream().map(s -> Float.floatToRawIntBits(s.logprob())).toList();
    }

    private Want.Sample sample(int row, int position) {
        return new Want.Sample(row, law, new Draw(seed, 0, position, 0), 1);
    }

    /** The next segment with at most {@code chunk} prompt rows. */
    Segment next(int chunk) {
        return next(chunk, 1, null);
    }

    /** @param answer known answer tokens to feed as a chain of up to {@code nodes} rows; {@code null}: those sampled */
    Segment next(int chunk, int nodes, int[] answer) {
        int settled = region.settled();
        if (settled < prompt.length) {
            int rows = Math.min(chunk, prompt.length - settled);
            boolean last = settled + rows == prompt.length;
            return Segment.chain(region, Role.PREFILL, Arrays.copyOfRange(prompt, settled, settled + rows),
                    last ? List.of(sample(rows - 1, prompt.length)) : List.of());
        }
        int at = samples.size();
        int rows = answer == null ? 1 : Math.min(nodes, wanted - at);
        IntUnaryOperator token = i -> answer == null ? samples.get(i).token() : answer[i];
        return Segment.chain(region, Role.DECODE, IntStream.range(at - 1, at - 1 + rows).map(token).toArray(),
                IntStream.range(0, rows).mapToObj(row -> (Want) sample(row, prompt.length + at + row)).toList());
    }

    void accept(List<Sampled> results, int rows) {
        samples.addAll(results);
        region.keep(IntStream.range(0, rows).toArray());
    }

    /** Steps all together until done. */
    static void run(Engine engine, List<Generation> generations, IntUnaryOperator chunk) throws StepFailed {
        for (int step = 0; generations.stream().anyMatch(g -> !g.done()); step++) {
            int now = step;
            List<Generation> running = generations.stream().filter(g -> !g.done()).toList();
            step(engine, running, running.stream().map(g -> g.next(chunk.applyAsInt(now))).toList());
        }
    }

    static void step(Engine engine, List<Generation> running, List<Segment> segments) throws StepFailed {
        var results = engine.step(new StepPlan(segments)).segments();
        for (int i = 0; i < results.size(); i++) {
            running.get(i).accept(results.get(i).samples(), segments.get(i).rows());
        }
    }

    @Override
    public void close() {
        region.close();
    }
}
