package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.HashMap;
import java.util.Map;

/** The filters by name. */
final class Filters {

    /** Changes an input; the arguments are those in the filter's parentheses. */
    interface Filter {
        Value apply(Evaluator run, Value input, Arguments arguments);
    }

    private static final Map<String, Filter> ALL = all();

    private Filters() {
    }

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new HashMap<>();
        TextFilters.register(all);
        SequenceFilters.register(all);
        SelectionFilters.register(all);
        NumberFilters.register(all);
        return Map.copyOf(all);
    }

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    /** @throws TemplateError there is no such filter, or it fails */
    static Value apply(String name, Evaluator run, Value input, Arguments arguments) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new TemplateError("No filter named '" + name + "' found.");
        }
        return filter.apply(run, input, arguments);
    }
}
