package dev.cadenza.engine;

import java.util.function.Supplier;

/**
 * The most likely tokens of one row after the law's edits, in any order: every token that is not listed is at most as likely as each listed one.
 *
 * @param ids       token ids; [from, from + count) count
 * @param logits    edited logits at the same places; finite or negative infinity
 * @param from      first place
 * @param count     tokens listed, 1 .. vocabulary
 * @param logSumExp natural log of the sum of {@code exp(l / T)} over the whole vocabulary's edited logits at the law's temperature T; not read
 *                  when the law is greedy
 * @param row       fetches the edited logits of the whole vocabulary, [vocabulary]; called at most once per draw and rarely; the array is
 *                  only read
 */
public record Candidates(int[] ids, float[] logits, int from, int count, double logSumExp, Supplier<float[]> row) {
    public Candidates {
        if (count < 1 || from < 0 || from + count > ids.length || from + count > logits.length) {
            throw new IllegalArgumentException("candidates [%d, %d) do not lie in arrays of %d and %d".formatted(from, from + count, ids.length,
                    logits.length));
        }
    }
}
