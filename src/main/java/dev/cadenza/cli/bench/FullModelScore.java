package dev.cadenza.cli.bench;

/**
 * What the full model thinks of tokens that were given to it.
 *
 * @param tokens   judged
 * @param logprob  of all of them together under the raw law of the full model, nats
 * @param agreeing tokens that the full model would have drawn there, given the same prefix, law and random numbers
 */
record FullModelScore(int tokens, double logprob, int agreeing) {
    static final FullModelScore NOTHING = new FullModelScore(0, 0, 0);

    FullModelScore plus(FullModelScore other) {
        return new FullModelScore(tokens + other.tokens, logprob + other.logprob, agreeing + other.agreeing);
    }

    /** Of a token, its mean over all of them; NaN: there is none. */
    double perplexity() {
        return Math.exp(-logprob / tokens);
    }

    /** In [0, 1]; NaN: there is no token. */
    double agreement() {
        return agreeing / (double) tokens;
    }
}
