package dev.cadenza.cli.bench;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.StepFailed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Measures whether a step that leaves layers out takes a fixed part and the time of the layers that it runs. Both come from steps at full depth: one
 * is cut behind the last layer, and what its second part takes (call, final norm, head, draw) is fixed; the rest of an uncut one is the layers', each
 * of which computes the same. Every repetition has the full depth and all others in turn. Device thread only.
 */
final class SkipLawBench {
    /** Positions that a row attends to, its own included. */
    private static final int CONTEXT = 128;
    private static final int CHUNK = 128;
    /** At the bottom, as SkipDecode's default. */
    private static final int WARM_UP = 1;
    private static final List<Double> SHARES = List.of(0.8, 2 / 3.0, 0.5, 0.4, 0.25);

    private final Engine engine;
    private final StepTimer timer;
    private final QuietRuns runs;
    private final Consumer<String> progress;

    /** @param progress told of what was measured */
    SkipLawBench(Engine engine, StepTimer timer, QuietRuns runs, Consumer<String> progress) {
        this.engine = engine;
        this.timer = timer;
        this.runs = runs;
        this.progress = progress;
    }

    /**
     * A repetition; times in ms.
     *
     * @param full   of a step at full depth
     * @param fixed  of the part of such a step that no layer takes
     * @param layers of the model
     * @param steps  of a step at each depth
     */
    record Round(double full, double fixed, int layers, Map<Integer, Double> steps) {

        double perLayer() {
            return (full - fixed) / layers;
        }

        double predicted(int depth) {
            return fixed + depth * perLayer();
        }

        double ratio(int depth) {
            return steps.get(depth) / predicted(depth);
        }
    }

    /** Layers that are run, the most first, below those of the model. */
    List<Integer> depths() {
        int layers = engine.shape().layers();
        return SHARES.stream().map(share -> (int) Math.round(share * layers)).filter(depth -> depth > WARM_UP && depth < layers).distinct().toList();
    }

    /** @throws KvExhausted the largest batch does not fit */
    List<SkipLawFigure> run(List<Integer> batches) throws Exception {
        List<SkipLawFigure> figures = new ArrayList<>();
        int most = batches.stream().mapToInt(Integer::intValue).max().orElseThrow();
        try (var regions = new FilledRegions(engine, most, CONTEXT - 1, 1, CHUNK)) {
            for (int batch : batches) {
                int calls = timer.calls(() -> regions.step(batch, LayerSet.ALL));
                Runs<Round> rounds = runs.measure(() -> round(regions, batch, calls));
                for (int depth : depths()) {
                    SkipLawFigure figure = figure(batch, depth, rounds);
                    figures.add(figure);
                    progress.accept("batch %d, %d layers: measured %s ms, %s times what was predicted".formatted(batch, depth,
                            Table.digits(figure.measured().median()), Table.decimals(figure.ratio().median(), 3)));
                }
            }
        }
        return figures;
    }

    private Round round(FilledRegions regions, int batch, int calls) throws StepFailed, KvExhausted {
        int layers = engine.shape().layers();
        double full = timer.medianMs(() -> regions.step(batch, LayerSet.ALL), calls);
        double[] fixed = new double[calls];
        for (int call = 0; call < calls; call++) {
            fixed[call] = regions.headNanos(batch) / 1e6;
        }
        Map<Integer, Double> steps = new LinkedHashMap<>();
        for (int depth : depths()) {
            LayerSet set = LayerSet.ends(WARM_UP, depth - WARM_UP, layers);
            steps.put(depth, timer.medianMs(() -> regions.step(batch, set), calls));
        }
        return new Round(full, Summary.of(fixed).median(), layers, steps);
    }

    private static SkipLawFigure figure(int batch, int depth, Runs<Round> rounds) {
        return new SkipLawFigure(batch, depth, summary(rounds, round -> round.steps().get(depth)), summary(rounds, round -> round.predicted(depth)),
                summary(rounds, round -> round.ratio(depth)), summary(rounds, Round::fixed), summary(rounds, Round::perLayer), rounds.thrownAway(),
                rounds.quiet());
    }

    private static Summary summary(Runs<Round> rounds, ToDoubleFunction<Round> value) {
        return Summary.of(rounds.values().stream().mapToDouble(value).toArray());
    }
}
