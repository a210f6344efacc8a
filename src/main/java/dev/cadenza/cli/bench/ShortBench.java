package dev.cadenza.cli.bench;

import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.torch.TorchEngine;
import java.time.Duration;

/**
 * A moment's look at the speed of an engine: an order of magnitude, not a measurement.
 *
 * @param promptTokensPerSecond of a prompt of 128 tokens
 * @param aloneMs               a step of one sequence at 128 positions, median
 * @param batchMs               a step of {@link #BATCH} such sequences, median
 */
public record ShortBench(double promptTokensPerSecond, double aloneMs, double batchMs) {
    public static final int BATCH = 4;
    private static final int CONTEXT = 128;
    private static final Duration LOOK = Duration.ofMillis(200);

    /**
     * Takes some seconds. Device thread only.
     *
     * @throws KvExhausted the budget has no room for {@value #BATCH} sequences of 129 positions
     */
    public static ShortBench of(TorchEngine engine) throws StepFailed, KvExhausted {
        var timer = new StepTimer(engine::kernelNanos, LOOK);
        try (var regions = new FilledRegions(engine, BATCH, CONTEXT, 1, CONTEXT)) {
            StepTimer.Work alone = () -> regions.step(1, 1);
            StepTimer.Work batch = () -> regions.step(BATCH, 1);
            double aloneMs = timer.medianMs(alone, timer.calls(alone));
            double batchMs = timer.medianMs(batch, timer.calls(batch));
            StepTimer.Work prompt = () -> regions.prefill(0, CONTEXT, CONTEXT);
            return new ShortBench(CONTEXT * 1_000 / timer.medianMs(prompt, timer.calls(prompt)), aloneMs, batchMs);
        }
    }
}
