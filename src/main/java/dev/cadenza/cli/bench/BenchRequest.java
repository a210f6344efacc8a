package dev.cadenza.cli.bench;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Strategy.Opening;
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
 * @param otherwise   the same question with another ending
 * @param maxTokens   longest answer
 * @param temperature 0: greedy
 * @param seed        of the random numbers
 */
record BenchRequest(String id, int[] prompt, Wish.Prompts otherwise, int maxTokens, float temperature, long seed) {

    static BenchRequest of(BenchModel model, String id, String question, int maxTokens, float temperature, long seed) {
        return new BenchRequest(id, model.prompt().apply(question), ending -> model.prompt().apply(question + ending), maxTokens, temperature, seed);
    }

    /**
     * What a server chooses for a request that says so, and names its temperature.
     *
     * @param decoding   the request's field
     * @param prediction ids, {@code null}: none
     */
    Selection select(BenchModel model, Map<String, Object> decoding, int[] prediction) throws InvalidDecoding {
        return model.strategies().select(new Wish(decoding, prediction, prompt.length, maxTokens, sampling(), true, null, otherwise));
    }

    /** The same with what a strategy makes of it before it starts, and an answer of so many tokens. */
    BenchRequest opened(Strategy strategy, int tokens) {
        Opening opening = opening(strategy);
        return new BenchRequest(id, opening.prompt(), otherwise, tokens, opening.sampling().temperature(), seed);
    }

    /** @param memory {@code null}: nobody's */
    GenerationRequest plain(Selection selection, String memory) {
        return with(selection.strategy(), selection.reason(), false, memory);
    }

    GenerationRequest plain(Strategy strategy) {
        return with(strategy, "request", false, null);
    }

    /** The finish tells every token, which takes time. */
    GenerationRequest traced(Strategy strategy) {
        return with(strategy, "request", true, null);
    }

    private GenerationRequest with(Strategy strategy, String reason, boolean trace, String memory) {
        Opening opening = opening(strategy);
        return new GenerationRequest(id, opening.prompt(), 1, opening.maxTokens(), opening.sampling(), seed, -1, List.of(), strategy, reason, trace, "",
                memory);
    }

    private Opening opening(Strategy strategy) {
        return strategy.opening(new Opening(prompt, maxTokens, sampling()));
    }

    private SamplingParameters sampling() {
        return SamplingParameters.AS_IS.at(temperature);
    }
}
