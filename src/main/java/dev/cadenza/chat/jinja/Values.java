package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns parsed JSON into values. */
final class Values {
    private final Walker walker;

    Values(Walker walker) {
        this.walker = walker;
    }

    /** @throws TemplateError something that JSON cannot hold, or nested too deep */
    Value of(Object json) {
        return of(json, 0);
    }

    private Value of(Object json, int depth) {
        if (depth > walker.meter().limits().valueDepth()) {
            throw new TemplateError("a variable nests deeper than " + walker.meter().limits().valueDepth() + " levels");
        }
        return switch (json) {
            case null -> Value.None.NONE;
            case String text -> Value.text(text);
            case Boolean flag -> Value.Bool.of(flag);
            case Integer number -> Value.integer(number);
            case Long number -> Value.integer(number);
            case BigInteger number -> new Value.Int(number);
            case Double number -> new Value.Real(number);
            case Float number -> new Value.Real(number);
            case List<?> items -> {
                List<Value> values = new ArrayList<>(items.size());
                for (Object item : items) {
                    values.add(of(item, depth + 1));
                }
                yield walker.list(values);
            }
            case Map<?, ?> entries -> {
                Map<Value, Value> values = new LinkedHashMap<>();
                entries.forEach((key, value) -> values.put(of(key, depth + 1), of(value, depth + 1)));
                yield walker.dict(values);
            }
            default -> throw new TemplateError("a variable of type " + json.getClass().getSimpleName() + " cannot be passed to a template");
        };
    }
}
