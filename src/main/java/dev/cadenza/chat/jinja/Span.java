package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.Collection;

/**
 * How deep and how large a nested value is, shared parts counted each time they occur.
 *
 * @param depth  levels of lists and maps
 * @param weight elements, and a sixteenth of their texts' units
 */
record Span(int depth, long weight) {

    static Span of(Collection<? extends Value> values, Limits limits) {
        int depth = 0;
        long weight = 1;
        for (Value value : values) {
            Span inner = of(value);
            depth = Math.max(depth, inner.depth);
            weight += inner.weight;
            if (weight > limits.weight()) {
                throw new TemplateError("the template makes a list or map of more than " + limits.weight() + " elements");
            }
        }
        if (depth >= limits.valueDepth()) {
            throw new TemplateError("a list or map nests deeper than " + limits.valueDepth() + " levels");
        }
        return new Span(depth + 1, weight);
    }

    Span plus(Span other, Limits limits) {
        if (weight + other.weight > limits.weight()) {
            throw new TemplateError("the template makes a list or map of more than " + limits.weight() + " elements");
        }
        return new Span(Math.max(depth, other.depth), weight + other.weight);
    }

    private static Span of(Value value) {
        return switch (value) {
            case Value.Items items -> items.span();
            case Value.Tuple tuple -> tuple.span();
            case Value.Dict dict -> dict.span();
            case Value.View view -> new Span(2, view.values().size());
            case Value.Range range -> new Span(1, range.values().size());
            case Value.Text text -> new Span(0, 1 + text.text().length() / 16);
            default -> new Span(0, 1);
        };
    }
}
