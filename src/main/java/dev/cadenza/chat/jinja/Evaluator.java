package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Evaluates expressions in a scope. One render's thread. */
final class Evaluator {
    private final Meter meter;
    private final Walker walker;
    private final Lookup lookup;
    private final Indexing indexing;
    private final Operators operators;

    Evaluator(Meter meter) {
        this.meter = meter;
        this.walker = new Walker(meter);
        this.lookup = new Lookup(walker);
        this.indexing = new Indexing(walker);
        this.operators = new Operators(walker);
    }

    Meter meter() {
        return meter;
    }

    Walker walker() {
        return walker;
    }

    Lookup lookup() {
        return lookup;
    }

    Operators operators() {
        return operators;
    }

    String str(Value value) {
        return walker.str(value);
    }

    /** @throws TemplateError the expression fails or exceeds a limit */
    Value eval(Expr expression, Scope scope) {
        meter.enter();
        Value value = switch (expression) {
            case Expr.Const constant -> constant.value();
            case Expr.Name name -> scope.get(name.name());
            case Expr.Captured _ -> scope.get("");
            case Expr.Elements elements -> elements.tuple() ? walker.tuple(all(elements.items(), scope)) : walker.list(all(elements.items(), scope));
            case Expr.Pairs pairs -> dict(pairs, scope);
            case Expr.Attribute attribute -> lookup.attribute(eval(attribute.owner(), scope), attribute.name());
            case Expr.Item item -> lookup.item(eval(item.owner(), scope), eval(item.key(), scope));
            case Expr.Slice slice -> slice(slice, scope);
            case Expr.Call call -> call(eval(call.callee(), scope), arguments(call.parameters(), scope));
            case Expr.Filter filter -> Filters.apply(filter.name(), this, eval(filter.input(), scope), arguments(filter.parameters(), scope));
            case Expr.Test test -> Value.Bool.of(Tests.holds(test.name(), this, eval(test.input(), scope), arguments(test.parameters(), scope)));
            case Expr.Not not -> Value.Bool.of(!Types.isTrue(eval(not.operand(), scope)));
            case Expr.Sign sign -> operators.sign(eval(sign.operand(), scope), sign.negative());
            case Expr.Binary binary -> binary(binary, scope);
            case Expr.Logic logic -> logic(logic, scope);
            case Expr.Compare compare -> compare(compare, scope);
            case Expr.Concat concat -> concat(concat, scope);
            case Expr.Conditional conditional -> conditional(conditional, scope);
        };
        meter.exit();
        return value;
    }

    private List<Value> all(List<Expr> expressions, Scope scope) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expr expression : expressions) {
            values.add(eval(expression, scope));
        }
        return values;
    }

    private Value dict(Expr.Pairs pairs, Scope scope) {
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (int i = 0; i < pairs.keys().size(); i++) {
            Value key = eval(pairs.keys().get(i), scope);
            Value value = eval(pairs.values().get(i), scope);
            Hashing.check(key);
            entries.put(key, value);
        }
        return walker.dict(entries);
    }

    private Value slice(Expr.Slice slice, Scope scope) {
        Value owner = eval(slice.owner(), scope);
        return indexing.slice(owner, optional(slice.start(), scope), optional(slice.stop(), scope), optional(slice.step(), scope));
    }

    private Value optional(Expr expression, Scope scope) {
        return expression == null ? null : eval(expression, scope);
    }

    private Value binary(Expr.Binary binary, Scope scope) {
        Value left = eval(binary.left(), scope);
        return operators.apply(binary.operator(), left, eval(binary.right(), scope));
    }

    private Value logic(Expr.Logic logic, Scope scope) {
        Value left = eval(logic.left(), scope);
        return Types.isTrue(left) == logic.and() ? eval(logic.right(), scope) : left;
    }

    private Value compare(Expr.Compare compare, Scope scope) {
        Value left = eval(compare.first(), scope);
        for (int i = 0; i < compare.operators().size(); i++) {
            Value right = eval(compare.others().get(i), scope);
            if (!Comparison.holds(compare.operators().get(i), left, right, walker)) {
                return Value.Bool.FALSE;
            }
            left = right;
        }
        return Value.Bool.TRUE;
    }

    private Value concat(Expr.Concat concat, Scope scope) {
        Buffer out = new Buffer(meter);
        for (Value part : all(concat.parts(), scope)) {
            out.append(str(part));
        }
        return Value.text(out.toString());
    }

    private Value conditional(Expr.Conditional conditional, Scope scope) {
        if (Types.isTrue(eval(conditional.test(), scope))) {
            return eval(conditional.then(), scope);
        }
        return conditional.otherwise() == null
                ? new Value.Undefined("the inline if-expression evaluated to false and no else section was defined.")
                : eval(conditional.otherwise(), scope);
    }

    Arguments arguments(Expr.Parameters parameters, Scope scope) {
        if (parameters == Expr.Parameters.NONE) {
            return Arguments.NONE;
        }
        List<Value> positional = all(parameters.positional(), scope);
        Map<String, Value> named = new LinkedHashMap<>();
        for (int i = 0; i < parameters.names().size(); i++) {
            named.put(parameters.names().get(i), eval(parameters.named().get(i), scope));
        }
        if (parameters.star() != null) {
            positional.addAll(walker.all(eval(parameters.star(), scope)));
        }
        if (parameters.doubleStar() != null) {
            spread(eval(parameters.doubleStar(), scope), named);
        }
        return new Arguments(List.copyOf(positional), named);
    }

    private void spread(Value value, Map<String, Value> named) {
        if (!(value instanceof Value.Dict dict)) {
            Types.refuseUndefined(value);
            throw new TemplateError("argument after ** must be a mapping, not " + Types.name(value));
        }
        dict.entries().forEach((key, argument) -> {
            if (named.put(StringMethods.string(key, "**").text(), argument) != null) {
                throw new TemplateError("got multiple values for keyword argument '" + str(key) + "'");
            }
        });
    }

    /** @throws TemplateError the value cannot be called, or its code fails */
    Value call(Value callee, Arguments arguments) {
        return switch (callee) {
            case Value.Function function -> function.call(arguments);
            case LoopState loop -> loop.call(arguments);
            default -> {
                Types.refuseUndefined(callee);
                throw new TemplateError("'" + Types.name(callee) + "' object is not callable");
            }
        };
    }

    Map<Value, Value> keyed(Map<String, Value> named) {
        Map<Value, Value> entries = new LinkedHashMap<>();
        named.forEach((name, value) -> entries.put(Value.text(name), value));
        return entries;
    }

    /**
     * What fetches an attribute given by a dotted path, whose numeric parts are indices.
     *
     * @param attribute {@code null}: the value itself
     * @param otherwise what stands for an undefined step, or {@code null}
     */
    UnaryOperator<Value> getter(Value attribute, Value otherwise) {
        if (attribute == null) {
            return UnaryOperator.identity();
        }
        List<Value> path = new ArrayList<>();
        if (attribute instanceof Value.Text(String dotted, _)) {
            for (String part : Texts.split(dotted, ".", -1)) {
                boolean index = !part.isEmpty() && part.length() < 10 && part.chars().allMatch(unit -> unit >= '0' && unit <= '9');
                path.add(index ? Value.integer(Long.parseLong(part)) : Value.text(part));
            }
        } else {
            path.add(attribute);
        }
        return value -> {
            Value found = value;
            for (Value part : path) {
                found = lookup.item(found, part);
                found = otherwise != null && found instanceof Value.Undefined ? otherwise : found;
            }
            return found;
        };
    }
}
