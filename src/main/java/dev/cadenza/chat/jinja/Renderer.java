package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import dev.cadenza.chat.jinja.Stmt.Body;
import dev.cadenza.chat.jinja.Stmt.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Runs statements and collects the text. One render's thread. */
final class Renderer {
    private enum Flow {
        ON, BREAK, CONTINUE
    }

    private final Map<Body, Set<String>> own;
    private final Evaluator evaluator;

    Renderer(Map<Body, Set<String>> own, Evaluator evaluator) {
        this.own = own;
        this.evaluator = evaluator;
    }

    /** Renders a body in a new scope inside the given one. */
    String render(Body body, Scope outer) {
        return inside(body, new Scope(outer));
    }

    private String inside(Body body, Scope scope) {
        Buffer out = new Buffer(evaluator.meter());
        run(body, scope.owning(own.get(body)), out);
        return out.toString();
    }

    private Flow run(Body body, Scope scope, Buffer out) {
        for (Stmt statement : body.statements()) {
            evaluator.meter().enter();
            Flow flow = run(statement, scope, out);
            evaluator.meter().exit();
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow scoped(Body body, Scope outer, Buffer out) {
        return run(body, new Scope(outer).owning(own.get(body)), out);
    }

    private Flow run(Stmt statement, Scope scope, Buffer out) {
        switch (statement) {
            case Stmt.Text text -> out.append(text.text());
            case Stmt.Print print -> out.append(evaluator.str(evaluator.eval(print.value(), scope)));
            case Stmt.Set set -> assign(set.target(), evaluator.eval(set.value(), scope), scope);
            case Stmt.If conditional -> {
                return conditional(conditional, scope, out);
            }
            case Stmt.For loop -> {
                return loop(loop, scope, out);
            }
            case Stmt.Macro macro -> scope.set(macro.name(), macro(macro.name(), macro.signature(), macro.body(), scope));
            case Stmt.CallBlock block -> {
                Value caller = macro("caller", block.signature(), block.body(), scope);
                Value callee = evaluator.eval(block.call().callee(), scope);
                Arguments arguments = evaluator.arguments(block.call().parameters(), scope).with("caller", caller);
                out.append(evaluator.str(evaluator.call(callee, arguments)));
            }
            case Stmt.SetBlock block -> {
                Captured captured = capture(block.body(), block.filter(), scope);
                if (captured.flow() != Flow.ON) {
                    return captured.flow();
                }
                assign(block.target(), captured.value(), scope);
            }
            case Stmt.FilterBlock block -> {
                Captured captured = capture(block.body(), block.filter(), scope);
                if (captured.flow() != Flow.ON) {
                    return captured.flow();
                }
                out.append(evaluator.str(captured.value()));
            }
            case Stmt.With with -> {
                return with(with, scope, out);
            }
            case Stmt.Scoped block -> scoped(block.body(), scope, out);
            case Stmt.Block block -> scoped(block.body(), block.scoped() ? scope : scope.root(), out);
            case Stmt.Break _ -> {
                return Flow.BREAK;
            }
            case Stmt.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.ON;
    }

    private record Captured(Flow flow, Value value) {
    }

    private Captured capture(Body body, Expr filter, Scope outer) {
        Scope scope = new Scope(outer).owning(own.get(body));
        Buffer inner = new Buffer(evaluator.meter());
        Flow flow = run(body, scope, inner);
        if (flow != Flow.ON) {
            return new Captured(flow, Value.None.NONE);
        }
        scope.set("", Value.text(inner.toString()));
        return new Captured(flow, evaluator.eval(filter, scope));
    }

    private Flow conditional(Stmt.If conditional, Scope scope, Buffer out) {
        for (int i = 0; i < conditional.tests().size(); i++) {
            if (Types.isTrue(evaluator.eval(conditional.tests().get(i), scope))) {
                return run(conditional.bodies().get(i), scope, out);
            }
        }
        return run(conditional.otherwise(), scope, out);
    }

    private Flow with(Stmt.With with, Scope outer, Buffer out) {
        Scope scope = new Scope(outer).owning(own.get(with.body()));
        for (int i = 0; i < with.targets().size(); i++) {
            assign(with.targets().get(i), evaluator.eval(with.values().get(i), outer), scope);
        }
        return run(with.body(), scope, out);
    }

    private Flow loop(Stmt.For loop, Scope outer, Buffer out) {
        return loop(loop, evaluator.eval(loop.items(), outer), outer, out, 0);
    }

    /** The loop's else runs when no iteration has come to the end of the body: also after a break or continue in the only one, as in jinja2. */
    private Flow loop(Stmt.For loop, Value items, Scope outer, Buffer out, int level) {
        Iterator<Value> values = evaluator.walker().iterate(items);
        OptionalInt length = evaluator.walker().length(items);
        if (loop.test() != null) {
            values = SelectionFilters.filtered(values, value -> {
                Scope scope = new Scope(outer);
                assign(loop.target(), value, scope);
                return Types.isTrue(evaluator.eval(loop.test(), scope));
            });
            length = OptionalInt.empty();
        }
        LoopState state = new LoopState(values, length, level, loop.recursive() ? recursion(loop, outer, level) : null);
        boolean completed = false;
        while (state.hasNext()) {
            Scope scope = new Scope(outer).owning(own.get(loop.body()));
            scope.set("loop", state);
            assign(loop.target(), state.next(), scope);
            Flow flow = run(loop.body(), scope, out);
            if (flow == Flow.BREAK) {
                break;
            }
            completed |= flow == Flow.ON;
        }
        return completed ? Flow.ON : scoped(loop.otherwise(), outer, out);
    }

    private Value recursion(Stmt.For loop, Scope outer, int level) {
        return new Value.Function("loop", false, arguments -> {
            Buffer out = new Buffer(evaluator.meter());
            evaluator.meter().enter();
            loop(loop, arguments.bind("loop", 1, "iterable")[0], outer, out, level + 1);
            evaluator.meter().exit();
            return Value.text(out.toString());
        });
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable(String name) -> scope.set(name, value);
            case Target.Member(String namespace, String name) -> {
                if (!(scope.get(namespace) instanceof Value.Namespace members)) {
                    throw new TemplateError("cannot assign attribute on non-namespace object");
                }
                members.members().put(name, value);
            }
            case Target.Unpacked(List<Target> targets) -> {
                List<Value> values = evaluator.walker().all(value);
                if (values.size() != targets.size()) {
                    throw new TemplateError((values.size() > targets.size() ? "too many" : "not enough") + " values to unpack (expected "
                            + targets.size() + ", got " + values.size() + ")");
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }

    private Value.Function macro(String name, Stmt.Signature signature, Body body, Scope outer) {
        return new Value.Function(name, true, arguments -> {
            evaluator.meter().enter();
            Scope scope = new Scope(outer);
            bind(name, signature, arguments, scope);
            String text = inside(body, scope);
            evaluator.meter().exit();
            return Value.text(text);
        });
    }

    private void bind(String macro, Stmt.Signature signature, Arguments arguments, Scope scope) {
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        List<Value> positional = arguments.positional();
        int count = signature.names().size();
        List<Value> given = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            given.add(i < positional.size() ? positional.get(i) : named.remove(signature.names().get(i)));
        }
        if (signature.caller() && !signature.names().contains("caller")) {
            Value caller = named.remove("caller");
            scope.set("caller", caller == null ? new Value.Undefined("No caller defined") : caller);
        }
        if (signature.kwargs()) {
            scope.set("kwargs", evaluator.walker().dict(evaluator.keyed(named)));
        } else if (!named.isEmpty()) {
            throw new TemplateError("macro '" + macro + "' takes no keyword argument '" + named.keySet().iterator().next() + "'");
        }
        if (signature.varargs()) {
            scope.set("varargs", evaluator.walker().tuple(positional.subList(Math.min(count, positional.size()), positional.size())));
        } else if (positional.size() > count) {
            throw new TemplateError("macro '" + macro + "' takes not more than " + count + " argument(s)");
        }
        defaults(signature, given, scope);
    }

    private void defaults(Stmt.Signature signature, List<Value> given, Scope scope) {
        for (int i = 0; i < given.size(); i++) {
            if (given.get(i) != null) {
                scope.set(signature.names().get(i), given.get(i));
            }
        }
        for (int i = 0; i < given.size(); i++) {
            if (given.get(i) == null) {
                String name = signature.names().get(i);
                Expr otherwise = signature.defaultOf(i);
                scope.set(name, otherwise == null ? new Value.Undefined("parameter '" + name + "' was not provided") : evaluator.eval(otherwise, scope));
            }
        }
    }
}
