package dev.cadenza.decoding;

/**
 * All of a request that bears on how it is decoded.
 *
 * @param decoding     the {@code decoding} object as parsed JSON (maps, lists, strings, numbers, booleans), {@code null}: none
 * @param prediction   ids of the text that the client expects (OpenAI's predicted outputs), {@code null}: none
 * @param promptTokens length of the prompt
 * @param maxTokens    longest answer
 * @param temperature  0: greedy
 */
public record Wish(Object decoding, int[] prediction, int promptTokens, int maxTokens, float temperature) {
    /** Of a request that says nothing. */
    public static final Wish NOTHING = new Wish(null, null, 1, 1, 1);
}
