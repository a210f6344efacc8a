package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Filters that map or select lazily, so that a failing element fails only when it is reached. */
final class SelectionFilters {
    private SelectionFilters() {
    }

    static void register(Map<String, Filters.Filter> all) {
        all.put("map", SelectionFilters::map);
        all.put("select", (run, input, arguments) -> select(run, input, arguments, false, true));
        all.put("reject", (run, input, arguments) -> select(run, input, arguments, false, false));
        all.put("selectattr", (run, input, arguments) -> select(run, input, arguments, true, true));
        all.put("rejectattr", (run, input, arguments) -> select(run, input, arguments, true, false));
    }

    private static Value map(Evaluator run, Value input, Arguments arguments) {
        return new Value.Stream(deferred(() -> {
            if (!Types.isTrue(input)) {
                return List.<Value>of().iterator();
            }
            UnaryOperator<Value> change = change(run, arguments);
            Iterator<Value> values = run.walker().iterate(input);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return values.hasNext();
                }

                @Override
                public Value next() {
                    return change.apply(values.next());
                }
            };
        }), input);
    }

    private static UnaryOperator<Value> change(Evaluator run, Arguments arguments) {
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Map<String, Value> named = new LinkedHashMap<>(arguments.named());
            Value attribute = named.remove("attribute");
            Value otherwise = named.remove("default");
            if (!named.isEmpty()) {
                throw new TemplateError("Unexpected keyword argument '" + named.keySet().iterator().next() + "'");
            }
            return run.getter(SequenceFilters.absent(attribute) ? null : attribute, SequenceFilters.absent(otherwise) ? null : otherwise);
        }
        if (arguments.positional().isEmpty()) {
            throw new TemplateError("map requires a filter argument");
        }
        String name = StringMethods.string(arguments.positional().getFirst(), "map").text();
        Arguments rest = arguments.rest();
        return value -> Filters.apply(name, run, value, rest);
    }

    private static Value select(Evaluator run, Value input, Arguments arguments, boolean byAttribute, boolean wanted) {
        return new Value.Stream(deferred(() -> {
            if (!Types.isTrue(input)) {
                return List.<Value>of().iterator();
            }
            if (byAttribute && arguments.positional().isEmpty()) {
                throw new TemplateError("Missing parameter for attribute name");
            }
            Value attribute = byAttribute ? arguments.positional().getFirst() : null;
            UnaryOperator<Value> getter = run.getter(SequenceFilters.absent(attribute) ? null : attribute, null);
            Arguments test = byAttribute ? arguments.rest() : arguments;
            Predicate<Value> holds = test.positional().isEmpty() ? Types::isTrue : test(run, test);
            return filtered(run.walker().iterate(input), value -> holds.test(getter.apply(value)) == wanted);
        }), input);
    }

    private static Predicate<Value> test(Evaluator run, Arguments arguments) {
        String name = StringMethods.string(arguments.positional().getFirst(), "select").text();
        Arguments rest = arguments.rest();
        return value -> Tests.holds(name, run, value, rest);
    }

    /** What starts only when its first value is asked for. */
    static Iterator<Value> deferred(java.util.function.Supplier<Iterator<Value>> start) {
        return new Iterator<>() {
            private Iterator<Value> values;

            @Override
            public boolean hasNext() {
                if (values == null) {
                    values = start.get();
                }
                return values.hasNext();
            }

            @Override
            public Value next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return values.next();
            }
        };
    }

    static Iterator<Value> filtered(Iterator<Value> values, Predicate<Value> wanted) {
        return new Iterator<>() {
            private Value ahead;

            @Override
            public boolean hasNext() {
                while (ahead == null && values.hasNext()) {
                    Value value = values.next();
                    ahead = wanted.test(value) ? value : null;
                }
                return ahead != null;
            }

            @Override
            public Value next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Value value = ahead;
                ahead = null;
                return value;
            }
        };
    }
}
