package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import dev.cadenza.chat.jinja.Stmt.Body;
import dev.cadenza.chat.jinja.Stmt.Target;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Static facts about a template: which names each scope owns from its start, which names it takes from its caller, and that its filters and tests
 * exist. An unknown filter inside a condition's branch is an error only when reached.
 */
final class ScopeAnalysis {
    private final Map<Body, Set<String>> own = new IdentityHashMap<>();
    private final Set<String> free = new HashSet<>();

    private ScopeAnalysis() {
    }

    /** @param own names that a body's scope owns from its start  @param free names that the template may take from its caller */
    record Facts(Map<Body, Set<String>> own, Set<String> free) {
    }

    static Facts of(Body template) {
        ScopeAnalysis analysis = new ScopeAnalysis();
        analysis.scope(template, new Symbols(null, analysis.free));
        return new Facts(analysis.own, Set.copyOf(analysis.free));
    }

    private void scope(Body body, Symbols symbols) {
        body.statements().forEach(statement -> learn(statement, symbols));
        nested(body, symbols, false);
        own.put(body, symbols.own());
    }

    private void learn(Body body, Symbols symbols) {
        body.statements().forEach(statement -> learn(statement, symbols));
    }

    /** What a statement does to the names of the scope that it stands in; bodies with a scope of their own come later. */
    private void learn(Stmt statement, Symbols symbols) {
        switch (statement) {
            case Stmt.Text _, Stmt.Break _, Stmt.Continue _, Stmt.FilterBlock _, Stmt.Scoped _, Stmt.Block _ -> {
            }
            case Stmt.Print s -> load(s.value(), symbols);
            case Stmt.Set s -> {
                load(s.value(), symbols);
                store(s.target(), symbols);
            }
            case Stmt.SetBlock s -> store(s.target(), symbols);
            case Stmt.If s -> branches(s, symbols);
            case Stmt.For s -> load(s.items(), symbols);
            case Stmt.Macro s -> symbols.store(s.name());
            case Stmt.CallBlock s -> load(s.call(), symbols);
            case Stmt.With s -> s.values().forEach(value -> load(value, symbols));
        }
    }

    /** The later tests and bodies count as one alternative, as do the first body and the last else. */
    private void branches(Stmt.If statement, Symbols symbols) {
        load(statement.tests().getFirst(), symbols);
        Symbols first = symbols.branch();
        learn(statement.bodies().getFirst(), first);
        Symbols middle = symbols.branch();
        for (int i = 1; i < statement.tests().size(); i++) {
            load(statement.tests().get(i), middle);
            Symbols body = middle.branch();
            learn(statement.bodies().get(i), body);
            middle.join(List.of(body));
        }
        Symbols last = symbols.branch();
        learn(statement.otherwise(), last);
        symbols.join(List.of(first, middle, last));
    }

    private void nested(Body body, Symbols symbols, boolean conditional) {
        for (Stmt statement : body.statements()) {
            switch (statement) {
                case Stmt.Text _, Stmt.Break _, Stmt.Continue _ -> {
                }
                case Stmt.Print s -> check(s.value(), conditional);
                case Stmt.Set s -> check(s.value(), conditional);
                case Stmt.SetBlock s -> {
                    Symbols inner = child(symbols);
                    load(s.filter(), inner);
                    scope(s.body(), inner);
                    check(s.filter(), false);
                }
                case Stmt.If s -> {
                    s.tests().forEach(test -> check(test, true));
                    s.bodies().forEach(branch -> nested(branch, symbols, true));
                    nested(s.otherwise(), symbols, true);
                }
                case Stmt.For s -> loop(s, symbols, conditional);
                case Stmt.Macro s -> function(s.signature(), s.body(), symbols);
                case Stmt.CallBlock s -> {
                    check(s.call(), conditional);
                    function(s.signature(), s.body(), symbols);
                }
                case Stmt.FilterBlock s -> {
                    Symbols inner = child(symbols);
                    load(s.filter(), inner);
                    scope(s.body(), inner);
                    check(s.filter(), false);
                }
                case Stmt.With s -> {
                    s.values().forEach(value -> check(value, conditional));
                    Symbols inner = child(symbols);
                    s.targets().forEach(target -> parameter(target, inner));
                    scope(s.body(), inner);
                }
                case Stmt.Scoped s -> scope(s.body(), child(symbols));
                case Stmt.Block s -> scope(s.body(), child(symbols));
            }
        }
    }

    private Symbols child(Symbols parent) {
        return new Symbols(parent, free);
    }

    private void loop(Stmt.For loop, Symbols symbols, boolean conditional) {
        check(loop.items(), conditional);
        Symbols inner = child(symbols);
        inner.parameter("loop");
        parameter(loop.target(), inner);
        scope(loop.body(), inner);
        scope(loop.otherwise(), child(symbols));
        if (loop.test() != null) {
            Symbols test = child(symbols);
            parameter(loop.target(), test);
            load(loop.test(), test);
            check(loop.test(), false);
        }
    }

    private void function(Stmt.Signature signature, Body body, Symbols symbols) {
        Symbols inner = child(symbols);
        signature.names().forEach(inner::parameter);
        if (signature.caller()) {
            inner.parameter("caller");
        }
        if (signature.varargs()) {
            inner.parameter("varargs");
        }
        if (signature.kwargs()) {
            inner.parameter("kwargs");
        }
        signature.defaults().forEach(value -> load(value, inner));
        signature.defaults().forEach(value -> check(value, false));
        scope(body, inner);
    }

    private void load(Expr expression, Symbols symbols) {
        if (expression instanceof Expr.Name(String name)) {
            symbols.load(name);
        }
        expression.operands().forEach(operand -> load(operand, symbols));
    }

    private static void check(Expr expression, boolean conditional) {
        if (expression instanceof Expr.Filter f && !conditional && !Filters.exists(f.name())) {
            throw new TemplateError("template line " + f.line() + ": No filter named '" + f.name() + "'.");
        }
        if (expression instanceof Expr.Test t && !conditional && !Tests.exists(t.name())) {
            throw new TemplateError("template line " + t.line() + ": No test named '" + t.name() + "'.");
        }
        boolean inner = conditional || expression instanceof Expr.Conditional;
        expression.operands().forEach(operand -> check(operand, inner));
    }

    private static void store(Target target, Symbols symbols) {
        switch (target) {
            case Target.Variable variable -> symbols.store(variable.name());
            case Target.Member member -> symbols.load(member.namespace());
            case Target.Unpacked unpacked -> unpacked.targets().forEach(part -> store(part, symbols));
        }
    }

    private static void parameter(Target target, Symbols symbols) {
        switch (target) {
            case Target.Variable variable -> symbols.parameter(variable.name());
            case Target.Member member -> symbols.load(member.namespace());
            case Target.Unpacked unpacked -> unpacked.targets().forEach(part -> parameter(part, symbols));
        }
    }
}
