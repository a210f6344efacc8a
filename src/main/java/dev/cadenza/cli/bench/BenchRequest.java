package dev.cadenza.cli.bench;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.decoding.Wish;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.scheduler.GenerationRequest;
import java.util.List;
import java.util.Map;

/**
 * A question of a bench: one answer, the law as it is but for its temperature.
 *
 * @param id          for logs
 * @param prompt      ids
 * @param maxTokens   longest answer
 * @param temperature 0: greedy
 * @param seed        of the random numbers
 */
record BenchRequest(String id, int[] prompt, int maxTokens, float temperature, long seed) {

    /**
     * What a server chooses for a request that says so.
     *
     * @param decoding   the request's field
     * @param prediction ids, {@code null}: none
     */
    Selection select(BenchModel model, Map<String, Object> decoding, int[] prediction) throws InvalidDecoding {
        return model.strategies().select(new Wish(decoding, prediction, prompt.length, maxTokens, temperature));
    }

    /** The same with a shorter answer. */
    BenchRequest atMost(int tokens) {
        return new BenchRequest(id, prompt, tokens, temperature, seed);
    }

    /** Answered as chosen. @param memory {@code null}: nobody's */
    GenerationRequest plain(Selection selection, String memory) {
        return with(selection.strategy(), selection.reason(), false, memory);
    }

    /** The same, and the finish tells every token. */
    GenerationRequest traced(Strategy strategy) {
        return with(strategy, "request", true, null);
    }

    private GenerationRequest with(Strategy strategy, String reason, boolean trace, String memory) {
        var law = new SamplingParameters(temperature, 0, 1, 0, 0, 0, 1, Map.of());
        return new GenerationRequest(id, prompt, 1, maxTokens, law, seed, -1, List.of(), strategy, reason, trace, "", memory);
    }
}
