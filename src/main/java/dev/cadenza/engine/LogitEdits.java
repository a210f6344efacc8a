package dev.cadenza.engine;

import java.util.Arrays;

/**
 * Sparse changes of raw logits: {@code l' = (l > 0 ? l / divisor : l * divisor) + addend} at each listed token.
 *
 * @param tokens  distinct ids
 * @param divisors repetition penalty per listed token; 1: none
 * @param addends  minus frequency and presence penalty plus bias, per listed token
 */
public record LogitEdits(int[] tokens, float[] divisors, float[] addends) {
    public static final LogitEdits NONE = new LogitEdits(new int[0], new float[0], new float[0]);

    public LogitEdits {
        if (tokens.length != divisors.length || tokens.length != addends.length) {
            throw new IllegalArgumentException("tokens, divisors and addends must have one length");
        }
    }

    /** The same, and {@code addend} more at these distinct tokens. */
    public LogitEdits plus(int[] more, float addend) {
        int[] all = Arrays.copyOf(tokens, tokens.length + more.length);
        float[] allDivisors = Arrays.copyOf(divisors, all.length);
        float[] allAddends = Arrays.copyOf(addends, all.length);
        int size = tokens.length;
        for (int token : more) {
            int place = 0;
            while (place < tokens.length && tokens[place] != token) {
                place++;
            }
            if (place == tokens.length) {
                place = size++;
                all[place] = token;
                allDivisors[place] = 1;
            }
            allAddends[place] += addend;
        }
        return new LogitEdits(Arrays.copyOf(all, size), Arrays.copyOf(allDivisors, size), Arrays.copyOf(allAddends, size));
    }

    public int size() {
        return tokens.length;
    }

    /** Changes a row of raw logits, [vocabulary], in place. */
    public void apply(float[] logits) {
        for (int i = 0; i < tokens.length; i++) {
            float logit = logits[tokens[i]];
            logits[tokens[i]] = (logit > 0 ? logit / divisors[i] : logit * divisors[i]) + addends[i];
        }
    }
}
