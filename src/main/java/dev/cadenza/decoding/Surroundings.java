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

    /** A second, smaller model with the same vocabulary. */
    public record DraftModel(Shape shape, StepCosts costs) {
    }
}
