package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Filters over lists, maps and whatever else can be walked. */
final class SequenceFilters {
    private SequenceFilters() {
    }

    static void register(Map<String, Filters.Filter> all) {
        all.put("length", SequenceFilters::length);
        all.put("count", SequenceFilters::length);
        all.put("default", SequenceFilters::otherwise);
        all.put("d", SequenceFilters::otherwise);
        all.put("list", (run, input, arguments) -> {
            arguments.bind("list", 0);
            return run.walker().list(run.walker().all(input));
        });
        all.put("join", SequenceFilters::join);
        all.put("first", (run, input, arguments) -> {
            arguments.bind("first", 0);
            Iterator<Value> values = run.walker().iterate(input);
            return values.hasNext() ? values.next() : new Value.Undefined("No first item, sequence was empty.");
        });
        all.put("last", (run, input, arguments) -> {
            arguments.bind("last", 0);
            List<Value> values = reversible(run, input);
            return values.isEmpty() ? new Value.Undefined("No last item, sequence was empty.") : values.getLast();
        });
        all.put("reverse", SequenceFilters::reverse);
        all.put("items", SequenceFilters::items);
        all.put("dictsort", SequenceFilters::dictSort);
        all.put("sort", SequenceFilters::sort);
        all.put("unique", SequenceFilters::unique);
        all.put("min", (run, input, arguments) -> extreme(run, input, arguments, -1));
        all.put("max", (run, input, arguments) -> extreme(run, input, arguments, 1));
        all.put("groupby", SequenceFilters::groupBy);
        all.put("batch", SequenceFilters::batch);
        all.put("slice", SequenceFilters::slice);
        all.put("attr", (run, input, arguments) -> {
            String name = StringMethods.string(arguments.bind("attr", 1, "name")[0], "attr").text();
            Types.refuseUndefined(input);
            Value attribute = run.lookup().ownAttribute(input, name);
            return attribute == null ? Types.noAttribute(input, name) : attribute;
        });
    }

    private static Value length(Evaluator run, Value input, Arguments arguments) {
        arguments.bind("length", 0);
        OptionalInt length = run.walker().length(input);
        if (length.isEmpty()) {
            throw new TemplateError("object of type '" + Types.name(input) + "' has no len()");
        }
        return Value.integer(length.getAsInt());
    }

    private static Value otherwise(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("default", 0, "default_value", "boolean");
        boolean falsy = bound[1] != null && Types.isTrue(bound[1]) && !Types.isTrue(input);
        if (input instanceof Value.Undefined || falsy) {
            return bound[0] == null ? Value.text("") : bound[0];
        }
        return input;
    }

    private static Value join(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("join", 0, "d", "attribute");
        String separator = bound[0] == null ? "" : run.str(bound[0]);
        UnaryOperator<Value> getter = run.getter(absent(bound[1]) ? null : bound[1], null);
        Buffer out = new Buffer(run.meter());
        Iterator<Value> values = run.walker().iterate(input);
        for (boolean first = true; values.hasNext(); first = false) {
            out.append(first ? "" : separator).append(run.str(getter.apply(values.next())));
        }
        return Value.text(out.toString());
    }

    static boolean absent(Value value) {
        return value == null || value instanceof Value.None;
    }

    private static List<Value> reversible(Evaluator run, Value input) {
        if (input instanceof Value.Stream || !run.walker().isIterable(input)) {
            throw new TemplateError("'" + Types.name(input) + "' object is not reversible");
        }
        return run.walker().all(input);
    }

    private static Value reverse(Evaluator run, Value input, Arguments arguments) {
        arguments.bind("reverse", 0);
        if (input instanceof Value.Text) {
            return new Indexing(run.walker()).slice(input, null, null, Value.integer(-1));
        }
        if (!run.walker().isIterable(input)) {
            throw new TemplateError("argument must be iterable");
        }
        List<Value> values = run.walker().all(input);
        Collections.reverse(values);
        return input instanceof Value.Stream ? run.walker().list(values) : new Value.Stream(values.iterator(), input);
    }

    private static Value items(Evaluator run, Value input, Arguments arguments) {
        arguments.bind("items", 0);
        return new Value.Stream(SelectionFilters.deferred(() -> switch (input) {
            case Value.Undefined _ -> List.<Value>of().iterator();
            case Value.Dict dict -> run.walker().pairs(dict).iterator();
            default -> throw new TemplateError("Can only get item pairs from a mapping.");
        }), input);
    }

    private static Value dictSort(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        String by = bound[1] == null ? "key" : run.str(bound[1]);
        if (!by.equals("key") && !by.equals("value")) {
            throw new TemplateError("You can only sort by either \"key\" or \"value\"");
        }
        if (!(input instanceof Value.Dict dict)) {
            Types.refuseUndefined(input);
            throw new TemplateError("'" + Types.name(input) + "' object has no attribute 'items'");
        }
        int position = by.equals("key") ? 0 : 1;
        UnaryOperator<Value> fold = folding(bound[0]);
        UnaryOperator<Value> key = pair -> fold.apply(((Value.Tuple) pair).values().get(position));
        return run.walker().list(sorted(run, run.walker().pairs(dict), key, isTrue(bound[2])));
    }

    private static boolean isTrue(Value flag) {
        return flag != null && Types.isTrue(flag);
    }

    /** What ignores the case of text unless asked not to. */
    private static UnaryOperator<Value> folding(Value caseSensitive) {
        return isTrue(caseSensitive) ? UnaryOperator.identity()
                : value -> value instanceof Value.Text text ? text.with(text.text().toLowerCase(java.util.Locale.ROOT)) : value;
    }

    private static List<Value> sorted(Evaluator run, List<Value> values, UnaryOperator<Value> key, boolean reverse) {
        record Keyed(Value key, Value value) {
        }
        Comparator<Keyed> order = (left, right) -> {
            run.meter().work(1);
            return Comparison.order(left.key(), right.key());
        };
        List<Keyed> keyed = new ArrayList<>();
        values.forEach(value -> keyed.add(new Keyed(key.apply(value), value)));
        try {
            keyed.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException inconsistent) {
            throw new TemplateError("the values to sort have no consistent order");
        }
        return keyed.stream().map(Keyed::value).toList();
    }

    private static Value sort(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        UnaryOperator<Value> fold = folding(bound[1]);
        List<UnaryOperator<Value>> getters = new ArrayList<>();
        if (bound[2] instanceof Value.Text(String names, _)) {
            Texts.split(names, ",", -1).forEach(name -> getters.add(run.getter(Value.text(name), null)));
        } else {
            getters.add(run.getter(absent(bound[2]) ? null : bound[2], null));
        }
        UnaryOperator<Value> key = value -> run.walker().list(getters.stream().map(getter -> fold.apply(getter.apply(value))).toList());
        return run.walker().list(sorted(run, run.walker().all(input), key, isTrue(bound[0])));
    }

    private static Value unique(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
        UnaryOperator<Value> fold = folding(bound[0]);
        UnaryOperator<Value> getter = run.getter(absent(bound[1]) ? null : bound[1], null);
        Set<Value> seen = new HashSet<>();
        return new Value.Stream(SelectionFilters.deferred(() -> SelectionFilters.filtered(run.walker().iterate(input), value -> {
            Value key = fold.apply(getter.apply(value));
            Hashing.check(key);
            return seen.add(key);
        })), input);
    }

    private static Value extreme(Evaluator run, Value input, Arguments arguments, int direction) {
        Value[] bound = arguments.bind(direction < 0 ? "min" : "max", 0, "case_sensitive", "attribute");
        UnaryOperator<Value> fold = folding(bound[0]);
        UnaryOperator<Value> getter = run.getter(absent(bound[1]) ? null : bound[1], null);
        Value best = null;
        Value bestKey = null;
        Iterator<Value> values = run.walker().iterate(input);
        while (values.hasNext()) {
            Value value = values.next();
            Value key = fold.apply(getter.apply(value));
            if (best == null || Comparison.order(key, bestKey) * direction > 0) {
                best = value;
                bestKey = key;
            }
        }
        return best == null ? new Value.Undefined("No aggregated item, sequence was empty.") : best;
    }

    private static Value groupBy(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("groupby", 1, "attribute", "default", "case_sensitive");
        UnaryOperator<Value> fold = folding(bound[2]);
        UnaryOperator<Value> getter = run.getter(bound[0], absent(bound[1]) ? null : bound[1]);
        UnaryOperator<Value> key = value -> fold.apply(getter.apply(value));
        List<Value> groups = new ArrayList<>();
        List<Value> group = new ArrayList<>();
        List<Value> values = sorted(run, run.walker().all(input), key, false);
        for (int i = 0; i < values.size(); i++) {
            group.add(values.get(i));
            boolean last = i + 1 == values.size() || !key.apply(values.get(i + 1)).equals(key.apply(values.get(i)));
            if (last) {
                Value grouper = isTrue(bound[2]) ? key.apply(group.getFirst()) : getter.apply(group.getFirst());
                groups.add(run.walker().tuple(List.of(grouper, run.walker().list(group)), List.of("grouper", "list")));
                group = new ArrayList<>();
            }
        }
        return run.walker().list(groups);
    }

    private static Value batch(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("batch", 1, "linecount", "fill_with");
        return new Value.Stream(SelectionFilters.deferred(() -> batches(run, input, bound).iterator()), input);
    }

    private static List<Value> batches(Evaluator run, Value input, Value[] bound) {
        int size = StringMethods.integer(bound[0], 0, "batch");
        List<Value> batches = new ArrayList<>();
        List<Value> batch = new ArrayList<>();
        for (Value value : run.walker().all(input)) {
            if (batch.size() == size) {
                batches.add(run.walker().list(batch));
                batch = new ArrayList<>();
            }
            batch.add(value);
        }
        if (!batch.isEmpty()) {
            run.meter().elements(absent(bound[1]) ? 0 : Math.max(0, size));
            while (!absent(bound[1]) && batch.size() < size) {
                batch.add(bound[1]);
            }
            batches.add(run.walker().list(batch));
        }
        return batches;
    }

    private static Value slice(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("slice", 1, "slices", "fill_with");
        return new Value.Stream(SelectionFilters.deferred(() -> slices(run, input, bound).iterator()), input);
    }

    private static List<Value> slices(Evaluator run, Value input, Value[] bound) {
        List<Value> values = run.walker().all(input);
        int slices = StringMethods.integer(bound[0], 0, "slice");
        if (slices == 0) {
            throw new TemplateError("integer division or modulo by zero");
        }
        run.meter().elements(Math.max(0, slices));
        List<Value> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < slices; i++) {
            boolean extra = i < values.size() % slices;
            int to = from + values.size() / slices + (extra ? 1 : 0);
            List<Value> part = new ArrayList<>(values.subList(from, to));
            if (!absent(bound[1]) && !extra) {
                part.add(bound[1]);
            }
            parts.add(run.walker().list(part));
            from = to;
        }
        return parts;
    }
}
