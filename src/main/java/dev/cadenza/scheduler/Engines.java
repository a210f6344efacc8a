package dev.cadenza.scheduler;

import dev.cadenza.engine.Engine;

/**
 * The engines of one device thread.
 *
 * @param model answers
 * @param draft a smaller one that may draft, with the same vocabulary; {@code null}: there is none
 */
record Engines(Engine model, Engine draft) {
    Engines {
        if (draft != null && draft.shape().vocabulary() != model.shape().vocabulary()) {
            throw new IllegalArgumentException("the draft model's vocabulary of %d tokens is not the model's, which has %d"
                    .formatted(draft.shape().vocabulary(), model.shape().vocabulary()));
        }
    }
}
