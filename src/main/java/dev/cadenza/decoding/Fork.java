package dev.cadenza.decoding;

import java.util.List;

/**
 * A choice among sampled continuations.
 *
 * @param entropy of the law at the fork, nats
 * @param trials  in order; each begins behind the same tokens
 * @param kept    index of the one that the answer goes on with
 */
public record Fork(double entropy, List<Trial> trials, int kept) {
    public Fork {
        trials = List.copyOf(trials);
    }

    /**
     * @param tokens   one or more
     * @param logprobs of each under the law that it was drawn from, natural log
     */
    public record Trial(int[] tokens, double[] logprobs) {
    }
}
