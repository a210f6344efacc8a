package dev.cadenza.decoding;

import dev.cadenza.engine.Shape;

/**
 * What strategies must know of the model before a request runs.
 *
 * @param shape      of the model
 * @param draftModel whether there is a second model that may draft
 */
public record ModelTraits(Shape shape, boolean draftModel) {
}
