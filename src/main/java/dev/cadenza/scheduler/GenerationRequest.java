package dev.cadenza.scheduler;

import dev.cadenza.decoding.Strategy;
import dev.cadenza.sampling.SamplingParameters;
import java.util.List;

/**
 * A valid request, ready to run.
 *
 * @param id        the client's handle, for logs
 * @param prompt    token ids, at least one
 * @param choices   answers wanted, each a sequence of its own (OpenAI's {@code n})
 * @param maxTokens per answer, at least 1; prompt and answer together fit the context
 * @param sampling  law parameters
 * @param seed      of every random number
 * @param topLogprobs as in {@link dev.cadenza.engine.Want.Sample}
 * @param stops     stop strings, at most 4, none empty
 * @param strategy  how to decode
 * @param reason    why this strategy, for the report
 * @param trace     whether the finish tells where each token came from and how sure its law was
 * @param scope     requests of different scopes share no prefix; may be empty
 * @param memory    requests of one such scope learn from each other's answers how to draft; {@code null}: from none
 */
public record GenerationRequest(String id, int[] prompt, int choices, int maxTokens, SamplingParameters sampling, long seed, int topLogprobs,
        List<String> stops, Strategy strategy, String reason, boolean trace,
        String scope, String memory) {
    public GenerationRequest {
        stops = List.copyOf(stops);
    }
}
