package dev.cadenza.cli.bench;

import dev.cadenza.api.ByteTokenizer;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.scheduler.ContinuousBatchingScheduler;
import dev.cadenza.scheduler.EngineFailure;
import dev.cadenza.scheduler.SchedulerSettings;
import java.time.Duration;

/** A toy model behind the real scheduler, to be measured on a machine that is always quiet. */
final class ToyBench implements AutoCloseable {
    static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    static final Shape SHAPE = ToyEngine.shape(TOKENIZER.vocabulary(), 700, 40_000);
    static final long SEED = 1;

    final BenchModel model;
    final SchedulerClient client;
    private final ContinuousBatchingScheduler scheduler;

    ToyBench() throws EngineFailure, InterruptedException {
        scheduler = new ContinuousBatchingScheduler(() -> new ToyEngine(SHAPE, SEED, ToyEngine.Faults.NONE), TOKENIZER, SchedulerSettings.DEFAULTS);
        model = new BenchModel(scheduler, SHAPE, scheduler::stepCostsKnown, TOKENIZER, TOKENIZER::encode,
                new StrategySelector("standard", new ModelTraits(SHAPE, false, TOKENIZER::single))::select);
        client = new SchedulerClient(scheduler, Duration.ofSeconds(20));
    }

    static QuietRuns quiet(int repetitions) {
        return new QuietRuns(() -> 0, repetitions, 0, Duration.ZERO, _ -> { });
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
