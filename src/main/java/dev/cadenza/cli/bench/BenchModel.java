package dev.cadenza.cli.bench;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.Wish;
import dev.cadenza.engine.Shape;
import dev.cadenza.scheduler.Scheduler;
import dev.cadenza.tokenizer.Tokenizer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * A model in this process with all that answers need, as a server has it. Thread-safe; closing it ends its device thread.
 *
 * @param shape          of the engine
 * @param stepCostsKnown whether the scheduler has measured what drafts cost
 * @param prompt         a user's message to prompt ids
 */
record BenchModel(Scheduler scheduler, Shape shape, BooleanSupplier stepCostsKnown, Tokenizer tokenizer, Function<String, int[]> prompt,
        Strategies strategies) implements AutoCloseable {

    /** As {@link StrategySelector#select}. */
    @FunctionalInterface
    interface Strategies {
        StrategySelector.Selection select(Wish wish) throws InvalidDecoding;
    }

    @Override
    public void close() {
        scheduler.close();
        tokenizer.close();
    }
}
