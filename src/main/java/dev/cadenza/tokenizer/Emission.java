package dev.cadenza.tokenizer;

/**
 * What an answer lets out after a token.
 *
 * @param text            safe to send now; perhaps empty
 * @param completedTokens how many more tokens, from the front of those not reported yet, are settled by what was sent so far
 * @param stop            the stop string that ended the answer, otherwise {@code null}
 */
public record Emission(String text, int completedTokens, String stop) {
}
