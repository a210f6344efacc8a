package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Functions that every template can call. */
final class Globals {
    static final Set<String> NAMES = Set.of("range", "dict", "namespace", "cycler", "joiner", "raise_exception", "strftime_now");

    private final Walker walker;
    private final LocalDateTime now;

    Globals(Walker walker, LocalDateTime now) {
        this.walker = walker;
        this.now = now;
    }

    void defineIn(Scope scope) {
        define(scope, "range", this::range);
        define(scope, "dict", arguments -> walker.dict(entries("dict", arguments)));
        define(scope, "namespace", this::namespace);
        define(scope, "cycler", this::cycler);
        define(scope, "joiner", this::joiner);
        define(scope, "raise_exception", arguments -> {
            throw new TemplateError(walker.str(arguments.bind("raise_exception", 1, "message")[0]));
        });
        define(scope, "strftime_now", arguments -> {
            String format = StringMethods.string(arguments.bind("strftime_now", 1, "format")[0], "strftime_now").text();
            return walker.text(ClockFormat.format(format, now));
        });
    }

    private static void define(Scope scope, String name, Value.Function.Code code) {
        scope.set(name, new Value.Function(name, false, code));
    }

    private Value range(Arguments arguments) {
        Value[] bound = arguments.bind("range", 1, "/start", "/stop", "/step");
        long start = bound[1] == null ? 0 : bound(bound[0]);
        long stop = bound[1] == null ? bound(bound[0]) : bound(bound[1]);
        long step = bound[2] == null ? 1 : bound(bound[2]);
        if (step == 0) {
            throw new TemplateError("range() arg 3 must not be zero");
        }
        long span = step > 0 ? stop - start : start - stop;
        long count = span <= 0 ? 0 : (span - 1) / Math.abs(step) + 1;
        if (count > Limits.RANGE) {
            throw new TemplateError("Range too big. The sandbox blocks ranges larger than " + Limits.RANGE + ".");
        }
        walker.meter().elements(count);
        List<Value> values = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            values.add(Value.integer(start + i * step));
        }
        return new Value.Range(start, stop, step, List.copyOf(values));
    }

    private static long bound(Value value) {
        if (value instanceof Value.Whole whole) {
            BigInteger limit = BigInteger.ONE.shiftLeft(60);
            return whole.whole().min(limit).max(limit.negate()).longValue();
        }
        Types.refuseUndefined(value);
        throw new TemplateError("'" + Types.name(value) + "' object cannot be interpreted as an integer");
    }

    private Map<Value, Value> entries(String function, Arguments arguments) {
        if (arguments.positional().size() > 1) {
            throw new TemplateError(function + " expected at most 1 argument, got " + arguments.positional().size());
        }
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (Value source : arguments.positional()) {
            if (source instanceof Value.Dict dict) {
                entries.putAll(dict.entries());
                continue;
            }
            for (Value pair : walker.all(source)) {
                List<Value> sides = walker.all(pair);
                if (sides.size() != 2) {
                    throw new TemplateError("dictionary update sequence element has length " + sides.size() + "; 2 is required");
                }
                Hashing.check(sides.get(0));
                entries.put(sides.get(0), sides.get(1));
            }
        }
        arguments.named().forEach((name, value) -> entries.put(Value.text(name), value));
        return entries;
    }

    private Value namespace(Arguments arguments) {
        Value.Namespace namespace = new Value.Namespace();
        entries("namespace", arguments).forEach((name, value) -> namespace.members().put(StringMethods.string(name, "namespace").text(), value));
        return namespace;
    }

    private Value cycler(Arguments arguments) {
        List<Value> items = arguments.positional();
        if (items.isEmpty()) {
            throw new TemplateError("at least one item has to be provided");
        }
        return new Cycler(items);
    }

    private Value joiner(Arguments arguments) {
        Value separator = arguments.bind("joiner", 0, "sep")[0];
        boolean[] used = {false};
        return new Value.Function("joiner", false, _ -> {
            Value now = used[0] ? separator == null ? Value.text(", ") : separator : Value.text("");
            used[0] = true;
            return now;
        });
    }

    /** Gives its items in turn. One render's thread. */
    private static final class Cycler implements Value.Live {
        private final List<Value> items;
        private int at;

        private Cycler(List<Value> items) {
            this.items = items;
        }

        @Override
        public Value attribute(String name) {
            return switch (name) {
                case "current" -> items.get(at);
                case "next" -> new Value.Function(name, false, _ -> {
                    Value current = items.get(at);
                    at = (at + 1) % items.size();
                    return current;
                });
                case "reset" -> new Value.Function(name, false, _ -> {
                    at = 0;
                    return Value.None.NONE;
                });
                default -> null;
            };
        }

        @Override
        public String describe() {
            return "<Cycler>";
        }
    }
}
