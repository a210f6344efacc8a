package dev.cadenza.decoding.speculative;

import dev.cadenza.engine.Sampled;

/**
 * What followed each token of a vocabulary when it was last seen, over all sequences that share the table. What the model named replaces whatever was
 * known; prompts only tell of tokens that the model has not gone on from yet. A token without known successors takes 4 bytes, others about 80.
 * Device thread only.
 */
final class SuccessorTable {
    private final Successors[] rows;
    private final SuccessorOdds odds = new SuccessorOdds();

    /** @param vocabulary number of token ids */
    SuccessorTable(int vocabulary) {
        rows = new Successors[vocabulary];
    }

    /** Successors of a token, {@link Successors#NONE} when none is known. */
    Successors of(int token) {
        return rows[token] == null ? Successors.NONE : rows[token];
    }

    /** How often they come true. */
    SuccessorOdds odds() {
        return odds;
    }

    /** Takes a prompt's pairs, the latest as the likeliest. */
    void warmUp(int[] prompt) {
        for (int i = 1; i < prompt.length; i++) {
            Successors known = of(prompt[i - 1]);
            if (!known.fromModel()) {
                rows[prompt[i - 1]] = known.withFirst(prompt[i]);
            }
        }
    }

    /** The model ran on a token. @param behind it, with the most likely tokens, one at least */
    void saw(int token, Sampled behind) {
        rows[token] = Successors.named(behind.topTokens(), behind.topLogprobs());
    }
}
