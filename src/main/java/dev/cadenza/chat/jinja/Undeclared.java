package dev.cadenza.chat.jinja;

import dev.cadenza.chat.jinja.Stmt.Body;
import dev.cadenza.chat.jinja.Stmt.Target;
import java.util.HashSet;
import java.util.Set;

/** Finds which of some names a body reads, in nested bodies too, before it assigns to them. */
final class Undeclared {
    private final Set<String> wanted;
    private final Set<String> found = new HashSet<>();

    private Undeclared(Set<String> names) {
        this.wanted = new HashSet<>(names);
    }

    static Set<String> among(Body body, Set<String> names) {
        Undeclared search = new Undeclared(names);
        search.visit(body);
        return search.found;
    }

    private void visit(Body body) {
        for (Stmt statement : body.statements()) {
            switch (statement) {
                case Stmt.Text _, Stmt.Block _, Stmt.Break _, Stmt.Continue _ -> {
                }
                case Stmt.Print s -> visit(s.value());
                case Stmt.Set s -> {
                    assign(s.target());
                    visit(s.value());
                }
                case Stmt.SetBlock s -> {
                    assign(s.target());
                    visit(s.filter());
                    visit(s.body());
                }
                case Stmt.If s -> {
                    s.tests().forEach(this::visit);
                    s.bodies().forEach(this::visit);
                    visit(s.otherwise());
                }
                case Stmt.For s -> {
                    assign(s.target());
                    visit(s.items());
                    visit(s.body());
                    visit(s.otherwise());
                    if (s.test() != null) {
                        visit(s.test());
                    }
                }
                case Stmt.Macro s -> function(s.signature(), s.body());
                case Stmt.CallBlock s -> {
                    visit(s.call());
                    function(s.signature(), s.body());
                }
                case Stmt.FilterBlock s -> {
                    visit(s.body());
                    visit(s.filter());
                }
                case Stmt.With s -> {
                    s.targets().forEach(this::assign);
                    s.values().forEach(this::visit);
                    visit(s.body());
                }
                case Stmt.Scoped s -> visit(s.body());
            }
        }
    }

    private void function(Stmt.Signature signature, Body body) {
        wanted.removeAll(signature.names());
        signature.defaults().forEach(this::visit);
        visit(body);
    }

    private void visit(Expr expression) {
        if (expression instanceof Expr.Name(String name) && wanted.contains(name)) {
            found.add(name);
        }
        expression.operands().forEach(this::visit);
    }

    private void assign(Target target) {
        switch (target) {
            case Target.Variable variable -> wanted.remove(variable.name());
            case Target.Member _ -> {
            }
            case Target.Unpacked unpacked -> unpacked.targets().forEach(this::assign);
        }
    }
}
