package dev.cadenza.decoding;

import dev.cadenza.decoding.difficulty.Routing;
import dev.cadenza.engine.Shape;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * What strategies must know of the model before a request runs.
 *
 * @param shape      of the model
 * @param draftModel whether there is a second model that may draft
 * @param tokens     the token that a text is, if it is one
 * @param routing    of questions by their difficulty
 */
public record ModelTraits(Shape shape, boolean draftModel, Function<String, OptionalInt> tokens, Routing routing) {

    /** Whose tokens are not known by their texts. */
    public ModelTraits(Shape shape, boolean draftModel) {
        this(shape, draftModel, _ -> OptionalInt.empty(), Routing.WITHOUT_PROBE);
    }

    /** Whose questions no probe tells apart. */
    public ModelTraits(Shape shape, boolean draftModel, Function<String, OptionalInt> tokens) {
        this(shape, draftModel, tokens, Routing.WITHOUT_PROBE);
    }

    /** The same with another routing. */
    public ModelTraits with(Routing other) {
        return new ModelTraits(shape, draftModel, tokens, other);
    }

    public OptionalInt token(String text) {
        return tokens.apply(text);
    }
}
