package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.Iterator;
import java.util.List;

/** Order and membership. */
final class Comparison {
    private Comparison() {
    }

    static boolean holds(String operator, Value left, Value right, Walker walker) {
        return switch (operator) {
            case "==" -> left.equals(right);
            case "!=" -> !left.equals(right);
            case "in" -> contains(right, left, walker);
            case "not in" -> !contains(right, left, walker);
            default -> ordered(operator, left, right);
        };
    }

    private static boolean ordered(String operator, Value left, Value right) {
        if (left instanceof Value.Number a && right instanceof Value.Number b && (Numbers.isNan(a) || Numbers.isNan(b))) {
            return false;
        }
        int order = order(left, right, operator);
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** @throws TemplateError the values have no order */
    static int order(Value left, Value right) {
        return order(left, right, "<");
    }

    private static int order(Value left, Value right, String operator) {
        if (left instanceof Value.Text a && right instanceof Value.Text b) {
            return Unicode.compare(a.text(), b.text());
        }
        if (left instanceof Value.Number a && right instanceof Value.Number b) {
            return Numbers.isNan(a) || Numbers.isNan(b) ? 0 : Numbers.compare(a, b);
        }
        if (left instanceof Value.Items a && right instanceof Value.Items b) {
            return lexicographic(a.values(), b.values(), operator);
        }
        if (left instanceof Value.Tuple a && right instanceof Value.Tuple b) {
            return lexicographic(a.values(), b.values(), operator);
        }
        Types.refuseUndefined(left, right);
        throw new TemplateError("'" + operator + "' not supported between instances of '" + Types.name(left) + "' and '" + Types.name(right) + "'");
    }

    private static int lexicographic(List<Value> left, List<Value> right, String operator) {
        int end = Math.min(left.size(), right.size());
        for (int i = 0; i < end; i++) {
            if (!left.get(i).equals(right.get(i))) {
                return order(left.get(i), right.get(i), operator);
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    static boolean contains(Value container, Value element, Walker walker) {
        switch (container) {
            case Value.Text(String text, _) -> {
                if (element instanceof Value.Text(String part, _)) {
                    walker.meter().search(text.length(), part.length());
                    return text.contains(part);
                }
                Types.refuseUndefined(element);
                throw new TemplateError("'in <string>' requires string as left operand, not " + Types.name(element));
            }
            case Value.Dict dict -> {
                Hashing.check(element);
                return dict.entries().containsKey(element);
            }
            default -> {
                Iterator<Value> values = walker.iterate(container);
                while (values.hasNext()) {
                    if (values.next().equals(element)) {
                        return true;
                    }
                }
                return false;
            }
        }
    }
}
