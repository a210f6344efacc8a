package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The arithmetic operators on every kind of value. */
final class Operators {
    private final Walker walker;

    Operators(Walker walker) {
        this.walker = walker;
    }

    /** @throws TemplateError the operator does not take these operands, or the result exceeds a limit */
    Value apply(String operator, Value left, Value right) {
        if (left instanceof Value.Number a && right instanceof Value.Number b) {
            return Numbers.apply(operator, a, b, walker.meter().limits());
        }
        if (operator.equals("%") && left instanceof Value.Text format) {
            return new PercentFormat(walker).apply(format, right);
        }
        Types.refuseUndefined(left, right);
        if (operator.equals("+")) {
            return add(left, right);
        }
        if (operator.equals("*")) {
            return left instanceof Value.Whole count ? repeat(right, count, left) : right instanceof Value.Whole count ? repeat(left, count, right)
                    : unsupported(operator, left, right);
        }
        return unsupported(operator, left, right);
    }

    private Value add(Value left, Value right) {
        if (left instanceof Value.Text a && right instanceof Value.Text b) {
            boolean safe = a.safe() || b.safe();
            String start = safe ? Html.escaped(a) : a.text();
            String end = safe ? Html.escaped(b) : b.text();
            walker.meter().text((long) start.length() + end.length());
            return new Value.Text(start + end, safe);
        }
        if (left instanceof Value.Items a && right instanceof Value.Items b) {
            return walker.list(joined(a.values(), b.values()));
        }
        if (left instanceof Value.Tuple a && right instanceof Value.Tuple b) {
            return walker.tuple(joined(a.values(), b.values()));
        }
        if (left instanceof Value.Text) {
            throw new TemplateError("can only concatenate str (not \"" + Types.name(right) + "\") to str");
        }
        return unsupported("+", left, right);
    }

    private List<Value> joined(List<Value> left, List<Value> right) {
        walker.meter().elements((long) left.size() + right.size());
        List<Value> all = new ArrayList<>(left);
        all.addAll(right);
        return all;
    }

    private Value repeat(Value value, Value.Whole count, Value operand) {
        BigInteger times = count.whole().max(BigInteger.ZERO);
        return switch (value) {
            case Value.Text text -> {
                walker.meter().text(size(times, text.text().length()));
                yield text.with(text.text().isEmpty() ? "" : text.text().repeat(times.intValue()));
            }
            case Value.Items items -> walker.list(repeated(items.values(), times));
            case Value.Tuple tuple -> walker.tuple(repeated(tuple.values(), times));
            default -> unsupported("*", value, operand);
        };
    }

    private List<Value> repeated(List<Value> values, BigInteger times) {
        walker.meter().elements(size(times, values.size()));
        List<Value> all = new ArrayList<>();
        if (!values.isEmpty()) {
            for (int i = times.intValue(); i > 0; i--) {
                all.addAll(values);
            }
        }
        return all;
    }

    private static long size(BigInteger times, int length) {
        if (times.bitLength() > 63) {
            throw new TemplateError("cannot fit 'int' into an index-sized integer");
        }
        return times.multiply(BigInteger.valueOf(length)).min(BigInteger.valueOf(Long.MAX_VALUE)).longValue();
    }

    private static Value unsupported(String operator, Value left, Value right) {
        throw new TemplateError("unsupported operand type(s) for " + operator + ": '" + Types.name(left) + "' and '" + Types.name(right) + "'");
    }

    Value sign(Value operand, boolean negative) {
        return switch (operand) {
            case Value.Whole whole -> new Value.Int(negative ? whole.whole().negate() : whole.whole());
            case Value.Real real -> negative ? new Value.Real(-real.real()) : real;
            default -> {
                Types.refuseUndefined(operand);
                throw new TemplateError("bad operand type for unary " + (negative ? "-" : "+") + ": '" + Types.name(operand) + "'");
            }
        };
    }
}
