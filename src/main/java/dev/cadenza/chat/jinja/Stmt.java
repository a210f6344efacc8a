package dev.cadenza.chat.jinja;

import java.util.List;

/** A statement of a template. */
sealed interface Stmt {

    record Text(String text) implements Stmt {
    }

    record Print(Expr value) implements Stmt {
    }

    record Set(Target target, Expr value) implements Stmt {
    }

    /** @param filter applied to the rendered body, or just {@link Expr.Captured} */
    record SetBlock(Target target, Expr filter, Body body) implements Stmt {
    }

    record If(List<Expr> tests, List<Body> bodies, Body otherwise) implements Stmt {
    }

    /** @param test {@code null}: every item */
    record For(Target target, Expr items, Expr test, boolean recursive, Body body, Body otherwise) implements Stmt {
    }

    record Macro(String name, Signature signature, Body body) implements Stmt {
    }

    record CallBlock(Signature signature, Expr.Call call, Body body) implements Stmt {
    }

    record FilterBlock(Expr filter, Body body) implements Stmt {
    }

    record With(List<Target> targets, List<Expr> values, Body body) implements Stmt {
    }

    /** {@code generation}, whose body has a scope of its own. */
    record Scoped(Body body) implements Stmt {
    }

    /** {@code block}: sees the template's top-level variables, and the enclosing scope only when marked so. */
    record Block(String name, boolean scoped, Body body) implements Stmt {
    }

    record Break() implements Stmt {
    }

    record Continue() implements Stmt {
    }

    /** Statements that run in one scope; compared by identity, for it is the key of what is known about that scope. */
    final class Body {
        private final List<Stmt> statements;

        Body(List<Stmt> statements) {
            this.statements = List.copyOf(statements);
        }

        List<Stmt> statements() {
            return statements;
        }
    }

    /**
     * Parameters of a macro or call block; the last ones have defaults.
     *
     * @param caller whether the body reads {@code caller}; likewise {@code varargs} and {@code kwargs}, which then take what is left over
     */
    record Signature(List<String> names, List<Expr> defaults, boolean caller, boolean varargs, boolean kwargs) {
        /** @return {@code null} when the parameter has none */
        Expr defaultOf(int parameter) {
            int index = parameter - (names.size() - defaults.size());
            return index < 0 ? null : defaults.get(index);
        }
    }

    /** What can be assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {
        }

        /** An attribute of a namespace. */
        record Member(String namespace, String name) implements Target {
        }

        record Unpacked(List<Target> targets) implements Target {
        }
    }
}
