package dev.cadenza.decoding.speculative;

import java.util.Arrays;

/**
 * Tokens that may follow a token, the likeliest first. Immutable; the array must not change.
 *
 * @param tokens ids, all different, at most {@link #MOST}
 * @param basis  how they are known
 */
record Successors(int[] tokens, Basis basis) {
    static final int MOST = 8;
    static final Successors NONE = new Successors(new int[0], Basis.ONE_IN_PROMPT);

    /** What is known, by what it is worth: seen in prompts only, or named by the model, which gave the first of them this probability or less. */
    enum Basis {
        ONE_IN_PROMPT(0), SEVERAL_IN_PROMPT(0), UP_TO_30_PERCENT(0.3), UP_TO_60_PERCENT(0.6), UP_TO_90_PERCENT(0.9), ABOVE(1);

        private final double probability;

        Basis(double probability) {
            this.probability = probability;
        }

        private static Basis of(double probability) {
            Basis basis = UP_TO_30_PERCENT;
            while (basis != ABOVE && probability > basis.probability) {
                basis = values()[basis.ordinal() + 1];
            }
            return basis;
        }
    }

    /**
     * What the model named.
     *
     * @param tokens   best first; the first {@link #MOST} are taken
     * @param logprobs theirs, natural logs
     */
    static Successors named(int[] tokens, float[] logprobs) {
        return new Successors(Arrays.copyOf(tokens, Math.min(MOST, tokens.length)), Basis.of(Math.exp(logprobs[0])));
    }

    boolean known() {
        return tokens.length > 0;
    }

    boolean fromModel() {
        return basis.compareTo(Basis.SEVERAL_IN_PROMPT) > 0;
    }

    /** These and, first of all, a token that a prompt has there. */
    Successors withFirst(int token) {
        int at = rank(token);
        int kept = at >= 0 ? at : Math.min(tokens.length, MOST - 1);
        int[] more = Arrays.copyOf(tokens, at >= 0 ? tokens.length : kept + 1);
        System.arraycopy(tokens, 0, more, 1, kept);
        more[0] = token;
        return new Successors(more, more.length == 1 ? Basis.ONE_IN_PROMPT : Basis.SEVERAL_IN_PROMPT);
    }

    /** Index of a token, -1: it is not among them. */
    int rank(int token) {
        for (int rank = 0; rank < tokens.length; rank++) {
            if (tokens[rank] == token) {
                return rank;
            }
        }
        return -1;
    }
}
