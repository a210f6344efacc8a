package dev.cadenza.scheduler;

import java.time.Duration;

/**
 * How the batch is run.
 *
 * @param maxRunning         sequences that may hold KV memory at once, 1 .. 4096
 * @param queueCapacity      sequences that may wait, 1 .. 1,000,000; a request that finds the line empty is taken however many answers it wants
 * @param prefillTokens      prompt tokens of one step, 1 .. 1,000,000; rounded down to the engine's prefill blocks, never below one block
 * @param draftRows          rows up to which drafts may fill a step, the plain decode rows counted in, 0 .. 65,536; below it they are as many as pay
 * @param initialReservation answer tokens that a new sequence reserves KV memory for, 1 .. 1,000,000; doubled as they fill
 * @param stallLimit         how long a client may take nothing before its request fails and its KV memory is freed; positive
 * @param readyPoll          pause between two looks at clients when none is ready and there is nothing else to do; not negative
 * @param measuresSteps      whether, while nothing runs, steps are measured to know what drafts cost; otherwise a guess stands in
 * @param prefixCache        whether prompt blocks are computed once for all who share them, and kept as long as memory suffices
 */
public record SchedulerSettings(int maxRunning, int queueCapacity, int prefillTokens, int draftRows, int initialReservation, Duration stallLimit,
        Duration readyPoll, boolean measuresSteps, boolean prefixCache) {
    public static final SchedulerSettings DEFAULTS = new SchedulerSettings(32, 256, 128, 32, 256, Duration.ofSeconds(60), Duration.ofMillis(2), true,
            true);

    public SchedulerSettings {
        require("max-running", maxRunning, 1, 4096);
        require("queue-capacity", queueCapacity, 1, 1_000_000);
        require("prefill-tokens", prefillTokens, 1, 1_000_000);
        require("draft-rows", draftRows, 0, 65_536);
        require("initial-reservation", initialReservation, 1, 1_000_000);
        if (!stallLimit.isPositive()) {
            throw new IllegalArgumentException("`stall-limit` must be positive, got " + stallLimit);
        }
        if (readyPoll.isNegative()) {
            throw new IllegalArgumentException("`ready-poll` must not be negative, got " + readyPoll);
        }
    }

    private static void require(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException("`%s` must be in [%d, %d], got %d".formatted(name, min, max, value));
        }
    }
}
