package dev.cadenza.scheduler;

import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.sampling.SamplingParameters;
import java.util.List;
import java.util.Map;

/** Requests with everything defaulted. */
record Requests(int[] prompt, int choices, int maxTokens, SamplingParameters sampling, long seed, int topLogprobs, List<String> stops,
        Strategy strategy) {
    /** The end token never comes. */
    static final SamplingParameters ENDLESS = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of(0, -100f));

    static Requests aRequest() {
        return new Requests(new int[] {1, 2, 3, 1, 2}, 1, 10, ENDLESS, 5, -1, List.of(), new Standard());
    }

    Requests prompt(int... tokens) {
        return new Requests(tokens, choices, maxTokens, sampling, seed, topLogprobs, stops, strategy);
    }

    Requests choices(int number) {
        return new Requests(prompt, number, maxTokens, sampling, seed, topLogprobs, stops, strategy);
    }

    Requests maxTokens(int number) {
        return new Requests(prompt, choices, number, sampling, seed, topLogprobs, stops, strategy);
    }

    Requests sampling(SamplingParameters parameters) {
        return new Requests(prompt, choices, maxTokens, parameters, seed, topLogprobs, stops, strategy);
    }

    Requests seed(long number) {
        return new Requests(prompt, choices, maxTokens, sampling, number, topLogprobs, stops, strategy);
    }

    Requests topLogprobs(int number) {
        return new Requests(prompt, choices, maxTokens, sampling, seed, number, stops, strategy);
    }

    Requests stops(String... strings) {
        return new Requests(prompt, choices, maxTokens, sampling, seed, topLogprobs, List.of(strings), strategy);
    }

    Requests strategy(Strategy decoding) {
        return new Requests(prompt, choices, maxTokens, sampling, seed, topLogprobs, stops, decoding);
    }

    GenerationRequest build() {
        return build(false);
    }

    GenerationRequest traced() {
        return build(true);
    }

    private GenerationRequest build(boolean trace) {
        return new GenerationRequest("test", prompt, choices, maxTokens, sampling, seed, topLogprobs, stops, strategy, "request", trace, "", null);
    }
}
