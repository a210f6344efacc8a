package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/** The tests by name: what may follow {@code is}. */
final class Tests {

    private interface Test {
        boolean holds(Evaluator run, Value input, Arguments arguments);
    }

    private static final Map<String, Test> ALL = all();

    private Tests() {
    }

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    /** @throws TemplateError there is no such test, or it fails */
    static boolean holds(String name, Evaluator run, Value input, Arguments arguments) {
        Test test = ALL.get(name);
        if (test == null) {
            throw new TemplateError("No test named '" + name + "' found.");
        }
        return test.holds(run, input, arguments);
    }

    private static Map<String, Test> all() {
        Map<String, Test> all = new HashMap<>();
        kind(all, "defined", value -> !(value instanceof Value.Undefined));
        kind(all, "undefined", value -> value instanceof Value.Undefined);
        kind(all, "none", value -> value instanceof Value.None);
        kind(all, "boolean", value -> value instanceof Value.Bool);
        kind(all, "true", value -> value instanceof Value.Bool bool && bool.value());
        kind(all, "false", value -> value instanceof Value.Bool bool && !bool.value());
        kind(all, "integer", value -> value instanceof Value.Int);
        kind(all, "float", value -> value instanceof Value.Real);
        kind(all, "number", value -> value instanceof Value.Number);
        kind(all, "string", value -> value instanceof Value.Text);
        kind(all, "mapping", value -> value instanceof Value.Dict);
        kind(all, "escaped", value -> value instanceof Value.Text text && text.safe());
        kind(all, "callable", value -> value instanceof Value.Function || value instanceof LoopState || value instanceof Value.Undefined);
        kind(all, "sequence", value -> value instanceof Value.Text || value instanceof Value.Sequence || value instanceof Value.Dict
                || value instanceof Value.Undefined);
        plain(all, "iterable", (run, input) -> run.walker().isIterable(input));
        plain(all, "lower", (run, input) -> Texts.isLower(run.str(input)));
        plain(all, "upper", (run, input) -> Texts.isUpper(run.str(input)));
        plain(all, "odd", (run, input) -> remainder(run, input, Value.integer(2)).equals(Value.integer(1)));
        plain(all, "even", (run, input) -> remainder(run, input, Value.integer(2)).equals(Value.integer(0)));
        all.put("divisibleby", (run, input, arguments) -> remainder(run, input, arguments.bind("divisibleby", 1, "num")[0]).equals(Value.integer(0)));
        all.put("sameas", (_, input, arguments) -> same(input, arguments.bind("sameas", 1, "other")[0]));
        plain(all, "filter", (_, input) -> named(input, Filters::exists));
        plain(all, "test", (_, input) -> named(input, Tests::exists));
        Map.of("==", "==", "eq", "==", "equalto", "==", "!=", "!=", "ne", "!=", "in", "in").forEach((name, operator) -> comparison(all, name, operator));
        Map.of(">", ">", "gt", ">", "greaterthan", ">", ">=", ">=", "ge", ">=").forEach((name, operator) -> comparison(all, name, operator));
        Map.of("<", "<", "lt", "<", "lessthan", "<", "<=", "<=", "le", "<=").forEach((name, operator) -> comparison(all, name, operator));
        return Map.copyOf(all);
    }

    private static void kind(Map<String, Test> all, String name, Predicate<Value> holds) {
        plain(all, name, (_, input) -> holds.test(input));
    }

    private static void plain(Map<String, Test> all, String name, BiPredicate<Evaluator, Value> holds) {
        all.put(name, (run, input, arguments) -> {
            arguments.bind(name, 0);
            return holds.test(run, input);
        });
    }

    private static boolean named(Value input, Predicate<String> exists) {
        Hashing.check(input);
        return input instanceof Value.Text(String name, _) && exists.test(name);
    }

    private static void comparison(Map<String, Test> all, String name, String operator) {
        all.put(name, (run, input, arguments) -> Comparison.holds(operator, input, arguments.bind(name, 1, "/other")[0], run.walker()));
    }

    private static Value remainder(Evaluator run, Value input, Value divisor) {
        return run.operators().apply("%", input, divisor);
    }

    /** Identity, which small immutable values of one type share when they are equal. */
    private static boolean same(Value left, Value right) {
        return switch (left) {
            case Value.Text _, Value.Number _, Value.None _ -> left.getClass() == right.getClass() && left.equals(right);
            default -> left == right;
        };
    }
}
