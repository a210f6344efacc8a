package dev.cadenza.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** An expression of a template. */
sealed interface Expr {

    record Const(Value value) implements Expr {
    }

    record Name(String name) implements Expr {
    }

    /** The text that an enclosing filter or set block has rendered. */
    record Captured() implements Expr {
    }

    record Elements(List<Expr> items, boolean tuple) implements Expr {
    }

    record Pairs(List<Expr> keys, List<Expr> values) implements Expr {
    }

    record Attribute(Expr owner, String name) implements Expr {
    }

    record Item(Expr owner, Expr key) implements Expr {
    }

    /** Bounds are {@code null} where the source leaves them out. */
    record Slice(Expr owner, Expr start, Expr stop, Expr step) implements Expr {
    }

    record Call(Expr callee, Parameters parameters) implements Expr {
    }

    record Filter(Expr input, String name, Parameters parameters, int line) implements Expr {
    }

    record Test(Expr input, String name, Parameters parameters, int line) implements Expr {
    }

    record Not(Expr operand) implements Expr {
    }

    record Sign(Expr operand, boolean negative) implements Expr {
    }

    record Binary(String operator, Expr left, Expr right) implements Expr {
    }

    /** {@code and} gives the first falsy operand, {@code or} the first truthy one, else the last. */
    record Logic(boolean and, Expr left, Expr right) implements Expr {
    }

    record Compare(Expr first, List<String> operators, List<Expr> others) implements Expr {
    }

    record Concat(List<Expr> parts) implements Expr {
    }

    /** {@code otherwise} is {@code null} where the source has no else: the value is then undefined. */
    record Conditional(Expr test, Expr then, Expr otherwise) implements Expr {
    }

    /** What stands in the parentheses of a call; the starred ones are {@code null} where absent. */
    record Parameters(List<Expr> positional, List<String> names, List<Expr> named, Expr star, Expr doubleStar) {
        static final Parameters NONE = new Parameters(List.of(), List.of(), List.of(), null, null);

        List<Expr> all() {
            List<Expr> all = new ArrayList<>(positional);
            all.addAll(named);
            addPresent(all, star, doubleStar);
            return all;
        }
    }

    /** Operands in source order. */
    default List<Expr> operands() {
        List<Expr> all = new ArrayList<>();
        switch (this) {
            case Const _, Name _, Captured _ -> {
            }
            case Elements e -> all.addAll(e.items());
            case Pairs p -> {
                for (int i = 0; i < p.keys().size(); i++) {
                    all.add(p.keys().get(i));
                    all.add(p.values().get(i));
                }
            }
            case Attribute a -> all.add(a.owner());
            case Item i -> addPresent(all, i.owner(), i.key());
            case Slice s -> addPresent(all, s.owner(), s.start(), s.stop(), s.step());
            case Call c -> {
                all.add(c.callee());
                all.addAll(c.parameters().all());
            }
            case Filter f -> {
                all.add(f.input());
                all.addAll(f.parameters().all());
            }
            case Test t -> {
                all.add(t.input());
                all.addAll(t.parameters().all());
            }
            case Not n -> all.add(n.operand());
            case Sign s -> all.add(s.operand());
            case Binary b -> addPresent(all, b.left(), b.right());
            case Logic l -> addPresent(all, l.left(), l.right());
            case Compare c -> {
                all.add(c.first());
                all.addAll(c.others());
            }
            case Concat c -> all.addAll(c.parts());
            case Conditional c -> addPresent(all, c.test(), c.then(), c.otherwise());
        }
        return all;
    }

    private static void addPresent(List<Expr> all, Expr... operands) {
        for (Expr operand : operands) {
            if (operand != null) {
                all.add(operand);
            }
        }
    }
}
