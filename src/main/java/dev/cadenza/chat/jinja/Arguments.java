package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Evaluated arguments of a call. */
record Arguments(List<Value> positional, Map<String, Value> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /**
     * Binds the arguments to parameters, of which the first ones are required. A parameter that starts with a slash cannot be given by name.
     *
     * @return one value per parameter, {@code null} where it was not given
     * @throws TemplateError too many, unknown, doubly given or missing arguments
     */
    Value[] bind(String function, int required, String... parameters) {
        if (positional.size() > parameters.length) {
            throw new TemplateError(function + "() takes at most " + parameters.length + " arguments (" + positional.size() + " given)");
        }
        Value[] bound = Arrays.copyOf(positional.toArray(new Value[0]), parameters.length);
        named.forEach((name, value) -> {
            int index = Arrays.asList(parameters).indexOf(name);
            if (index < 0) {
                throw new TemplateError(function + "() got an unexpected keyword argument '" + name + "'");
            }
            if (bound[index] != null) {
                throw new TemplateError(function + "() got multiple values for argument '" + name + "'");
            }
            bound[index] = value;
        });
        for (int i = 0; i < required; i++) {
            if (bound[i] == null) {
                throw new TemplateError(function + "() missing a required argument: '" + parameters[i] + "'");
            }
        }
        return bound;
    }

    Arguments with(String name, Value value) {
        Map<String, Value> more = new LinkedHashMap<>(named);
        more.put(name, value);
        return new Arguments(positional, more);
    }

    /** Without the first positional argument. */
    Arguments rest() {
        return new Arguments(positional.subList(1, positional.size()), named);
    }
}
