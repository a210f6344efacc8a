package dev.cadenza.decoding;

import dev.cadenza.engine.Shape;

/**
 * What a sequence's decoder finds around it.
 *
 * @param shape      of the model
 * @param costs      of its steps
 * @param draftModel {@code null}: there is none
 * @param tokens     traits of the model's tokens
 * @param memory     what sequences of one scope learn from each other
 */
public record Surroundings(Shape shape, StepCosts costs, DraftModel draftModel, TokenTraits tokens, SharedMemory.Scope memory) {

    /**
     * A second, smaller model with the same vocabulary.
     *
     * @param costs of its steps, in the unit of the first model's
     */
    public record DraftModel(Shape shape, StepCosts costs) {
        private static final int CHUNK = 64;

        /** Most tokens of one {@link Move.OnDraftModel}: whole prefill blocks, about 64. */
        public int longestMove() {
            return Math.max(1, CHUNK / shape.prefillBlock()) * shape.prefillBlock();
        }
    }
}
