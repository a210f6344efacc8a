package dev.cadenza.api.chat;

import dev.cadenza.sampling.SamplingParameters;
import java.util.List;
import java.util.Map;

/**
 * A chat request whose every field is in range. What depends on the rendered prompt (its length) is still open.
 *
 * @param messages     normalised: string contents, roles system, user and assistant
 * @param maxTokens    per answer, at least 1; {@code Long.MAX_VALUE}: as many as fit
 * @param choices      answers wanted
 * @param seed         the client's, or drawn
 * @param topLogprobs  0..20; -1: no log-probabilities
 * @param includeUsage whether a stream ends with a usage chunk
 * @param decoding     as parsed JSON, {@code null}: none
 * @param prediction   the text that the client expects, {@code null}: none
 * @param temperatureGiven whether the client named the temperature
 * @param effort       how much the model is to think
 * @param metadata     echoed, {@code null}: none
 * @param serviceTier  whether the client named a service tier
 * @param user         the client's end user, empty: not said
 * @param ignored      paths of unknown fields, in report mode
 */
record ChatRequest(List<Map<String, Object>> messages, long maxTokens, int choices, SamplingParameters sampling, long seed, int topLogprobs,
        List<String> stops, boolean stream, boolean includeUsage, Map<String, Object> decoding, String prediction, boolean temperatureGiven,
        ReasoningEffort effort, Map<String, String> metadata,
        boolean serviceTier, String user, List<String> ignored) {
}
