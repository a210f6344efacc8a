package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Attributes, methods and items of values: a dotted name finds the attribute first, a subscript the item first. */
final class Lookup {
    private static final Set<String> DICT_WRITES = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> LIST_WRITES = Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    private final Walker walker;
    private final Indexing indexing;
    private final StringMethods strings;

    Lookup(Walker walker) {
        this.walker = walker;
        this.indexing = new Indexing(walker);
        this.strings = new StringMethods(walker);
    }

    Value attribute(Value owner, String name) {
        Types.refuseUndefined(owner);
        Value attribute = ownAttribute(owner, name);
        if (attribute != null) {
            return attribute;
        }
        Value item = indexing.item(owner, Value.text(name));
        return item == null ? Types.noAttribute(owner, name) : item;
    }

    Value item(Value owner, Value key) {
        Value item = indexing.item(owner, key);
        if (item != null) {
            return item;
        }
        if (key instanceof Value.Text(String name, _)) {
            Value attribute = ownAttribute(owner, name);
            return attribute == null ? Types.noAttribute(owner, name) : attribute;
        }
        return new Value.Undefined(Types.name(owner) + " object has no element " + Repr.repr(key, walker.meter()));
    }

    /** @return {@code null} when Python's object has no such attribute, undefined when the sandbox hides it */
    Value ownAttribute(Value owner, String name) {
        if (name.startsWith("__") && name.endsWith("__") && name.length() > 4) {
            return unsafe(owner, name);
        }
        return switch (owner) {
            case Value.Text text -> strings.method(text, name);
            case Value.Dict dict -> DICT_WRITES.contains(name) ? unsafe(owner, name) : dictMethod(dict, name);
            case Value.Items items -> LIST_WRITES.contains(name) ? unsafe(owner, name) : name.equals("copy") ? function(name, arguments -> {
                arguments.bind(name, 0);
                return items;
            }) : search(items.values(), name);
            case Value.Tuple tuple -> tuple.names().contains(name) ? tuple.values().get(tuple.names().indexOf(name)) : search(tuple.values(), name);
            case Value.Range range -> switch (name) {
                case "start" -> Value.integer(range.start());
                case "stop" -> Value.integer(range.stop());
                case "step" -> Value.integer(range.step());
                default -> search(range.values(), name);
            };
            case Value.Namespace namespace -> name.startsWith("_") && namespace.members().containsKey(name) ? unsafe(owner, name)
                    : namespace.members().get(name);
            case Value.Live live -> live.attribute(name);
            case Value.Function function -> function.macro() && name.equals("name") ? Value.text(function.name()) : null;
            case Value.Number number -> numberAttribute(number, name);
            case Value.None _, Value.Undefined _, Value.View _, Value.Stream _ -> null;
        };
    }

    private static Value unsafe(Value owner, String name) {
        return new Value.Undefined("access to attribute '" + name + "' of '" + Types.name(owner) + "' object is unsafe.");
    }

    private static Value.Function function(String name, Value.Function.Code code) {
        return new Value.Function(name, false, code);
    }

    private Value dictMethod(Value.Dict dict, String name) {
        return switch (name) {
            case "keys", "values", "items" -> function(name, arguments -> {
                arguments.bind(name, 0);
                return walker.view(dict, Value.View.Kind.valueOf(name.toUpperCase(java.util.Locale.ROOT)));
            });
            case "get" -> function(name, arguments -> {
                Value[] bound = arguments.bind(name, 1, "/key", "/default");
                Hashing.check(bound[0]);
                Value value = dict.entries().get(bound[0]);
                return value != null ? value : bound[1] != null ? bound[1] : Value.None.NONE;
            });
            case "copy" -> function(name, arguments -> {
                arguments.bind(name, 0);
                return dict;
            });
            case "fromkeys" -> function(name, arguments -> {
                Value[] bound = arguments.bind(name, 1, "/iterable", "/value");
                Map<Value, Value> entries = new java.util.LinkedHashMap<>();
                for (Value key : walker.all(bound[0])) {
                    Hashing.check(key);
                    entries.put(key, bound[1] == null ? Value.None.NONE : bound[1]);
                }
                return walker.dict(entries);
            });
            default -> null;
        };
    }

    private Value search(List<Value> values, String name) {
        return switch (name) {
            case "count" -> function(name, arguments -> {
                Value wanted = arguments.bind(name, 1, "/value")[0];
                walker.meter().work(values.size());
                return Value.integer(values.stream().filter(wanted::equals).count());
            });
            case "index" -> function(name, arguments -> {
                Value[] bound = arguments.bind(name, 1, "/value", "/start", "/stop");
                int start = StringMethods.integer(bound[1], 0, name);
                int stop = StringMethods.integer(bound[2], values.size(), name);
                int last = Math.min(values.size(), stop < 0 ? stop + values.size() : stop);
                for (int i = Math.max(0, start < 0 ? start + values.size() : start); i < last; i++) {
                    walker.meter().work(1);
                    if (values.get(i).equals(bound[0])) {
                        return Value.integer(i);
                    }
                }
                throw new TemplateError(Repr.repr(bound[0], walker.meter()) + " is not in list");
            });
            default -> null;
        };
    }

    private static Value numberAttribute(Value.Number number, String name) {
        return switch (name) {
            case "real" -> number instanceof Value.Whole whole ? new Value.Int(whole.whole()) : number;
            case "imag" -> number instanceof Value.Whole ? Value.integer(0) : new Value.Real(0);
            case "numerator" -> number instanceof Value.Whole whole ? new Value.Int(whole.whole()) : null;
            case "denominator" -> number instanceof Value.Whole ? Value.integer(1) : null;
            case "bit_length" -> number instanceof Value.Whole whole
                    ? function(name, _ -> Value.integer(whole.whole().abs().bitLength())) : null;
            case "is_integer" -> number instanceof Value.Real real
                    ? function(name, _ -> Value.Bool.of(Double.isFinite(real.real()) && real.real() == Math.rint(real.real()))) : null;
            default -> null;
        };
    }
}
