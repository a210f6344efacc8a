package dev.cadenza.cli.bench;

import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.StepFailed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** Measures the engine alone: no server, no scheduler, no strategy. Greedy law. Device thread only. */
final class EngineBench {
    private static final int VERIFY_CONTEXT = 128;
    /** Of a measurement's calls one in so many goes before it. */
    private static final int RUN_UP = 4;

    private final Engine engine;
    private final StepCost cost;
    private final StepTimer timer;
    private final QuietRuns runs;
    private final int chunk;
    private final Consumer<Figure> figures;
    private final Consumer<String> notes;

    /** @param chunk prompt tokens of one step, a multiple of the engine's prefill block */
    EngineBench(Engine engine, StepCost cost, StepTimer timer, QuietRuns runs, int chunk, Consumer<Figure> figures, Consumer<String> notes) {
        this.engine = engine;
        this.cost = cost;
        this.timer = timer;
        this.runs = runs;
        this.chunk = chunk;
        this.figures = figures;
        this.notes = notes;
    }

    /** A prompt from nothing to its first sampled token. */
    void prefill(List<Integer> lengths) throws Exception {
        List<Integer> possible = new ArrayList<>();
        for (int tokens : lengths) {
            if (fits("prefill " + tokens, 1, tokens)) {
                possible.add(tokens);
            }
        }
        if (possible.isEmpty()) {
            return;
        }
        int most = Collections.max(possible);
        try (var regions = new FilledRegions(engine, 1, 0, most, chunk)) {
            // What all of them run is compiled before the first is measured.
            timer.calls(() -> regions.prefill(0, most, chunk));
            for (int tokens : possible) {
                measure("prefill " + tokens, tokens, 1, tokens, () -> regions.prefill(0, tokens, chunk));
            }
        }
    }

    /** One next token for each sequence of a batch, which attends to {@code context} positions, its own included. */
    void decode(List<Integer> batches, List<Integer> contexts) throws Exception {
        for (int context : contexts) {
            List<Integer> possible = new ArrayList<>();
            for (int batch : batches) {
                if (fits("decode batch %d context %d".formatted(batch, context), batch, context)) {
                    possible.add(batch);
                }
            }
            int most = possible.stream().mapToInt(Integer::intValue).max().orElse(0);
            try (var regions = new FilledRegions(engine, most, context - 1, 1, chunk)) {
                for (int batch : possible) {
                    measure("decode batch %d context %d".formatted(batch, context), batch, batch, (long) batch * context, () -> regions.step(batch, 1));
                }
            }
        }
    }

    /** A chain of nodes behind one sequence, each sampled, as when drafts are verified. */
    void verify(List<Integer> chains) throws Exception {
        int most = chains.stream().mapToInt(Integer::intValue).max().orElseThrow();
        if (fits("verify", 1, VERIFY_CONTEXT + most)) {
            try (var regions = new FilledRegions(engine, 1, VERIFY_CONTEXT, most, chunk)) {
                for (int nodes : chains) {
                    measure("verify %d context %d".formatted(nodes, VERIFY_CONTEXT), nodes, nodes, VERIFY_CONTEXT + nodes, () -> regions.step(1, nodes));
                }
            }
        }
    }

    private void measure(String work, int rows, int sampled, long slots, StepTimer.Work step) throws Exception {
        int calls = timer.calls(step);
        Runs<StepTimer.Time> times = runs.measure(() -> {
            // While the machine was looked at, others have filled the caches that the weights stay in from step to step.
            timer.time(step, Math.ceilDiv(calls, RUN_UP));
            return timer.time(step, calls);
        });
        figures.accept(times.figure(work, "speed", "tokens/s", time -> rows * 1_000 / time.ms()));
        figures.accept(times.figure(work, "time", "ms", StepTimer.Time::ms));
        figures.accept(times.figure(work, "outside kernels", "%", time -> 100 * time.outside()));
        figures.accept(times.figure(work, "arithmetic", "GFLOP/s", time -> cost.operations(rows, sampled) / time.ms() / 1e6));
        figures.accept(times.figure(work, "memory", "GB/s", time -> cost.bytes(slots) / time.ms() / 1e6));
    }

    private boolean fits(String work, int sequences, int slots) throws StepFailed {
        if (slots > engine.shape().context()) {
            notes.accept("%s left out: a sequence may have %d positions".formatted(work, engine.shape().context()));
            return false;
        }
        try (var _ = new FilledRegions(engine, sequences, 0, slots, chunk)) {
            return true;
        } catch (KvExhausted tooSmall) {
            notes.accept("%s left out: its KV memory does not fit into the budget of %d MiB".formatted(work, engine.shape().kvBytes() >> 20));
            return false;
        }
    }
}
