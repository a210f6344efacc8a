package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/** Arithmetic on whole and real numbers as Python does it. */
final class Numbers {
    private static final BigInteger LARGEST_EXACT = BigInteger.ONE.shiftLeft(53);
    private static final MathContext QUOTIENT = new MathContext(60);

    private Numbers() {
    }

    static boolean equal(Value.Number left, Object right) {
        return right instanceof Value.Number other && !isNan(left) && !isNan(other) && compare(left, other) == 0;
    }

    static boolean isNan(Value.Number number) {
        return number instanceof Value.Real real && Double.isNaN(real.real());
    }

    /** Exact order, neither being NaN. */
    static int compare(Value.Number left, Value.Number right) {
        if (left instanceof Value.Whole a && right instanceof Value.Whole b) {
            return a.whole().compareTo(b.whole());
        }
        if (left instanceof Value.Real(double a) && right instanceof Value.Real(double b)) {
            return a == b ? 0 : Double.compare(a, b);
        }
        if (!Double.isFinite(left.real()) && left instanceof Value.Real || !Double.isFinite(right.real()) && right instanceof Value.Real) {
            return Double.compare(left instanceof Value.Real ? left.real() : 0, right instanceof Value.Real ? right.real() : 0);
        }
        return exact(left).compareTo(exact(right));
    }

    private static BigDecimal exact(Value.Number number) {
        return switch (number) {
            case Value.Whole whole -> new BigDecimal(whole.whole());
            case Value.Real real -> new BigDecimal(real.real());
        };
    }

    static double real(Value.Number number) {
        double real = number.real();
        if (number instanceof Value.Whole && Double.isInfinite(real)) {
            throw new TemplateError("int too large to convert to float");
        }
        return real;
    }

    /** @throws TemplateError division by zero, an integer beyond the limit */
    static Value apply(String operator, Value.Number left, Value.Number right, Limits limits) {
        if (left instanceof Value.Whole a && right instanceof Value.Whole b) {
            return whole(operator, a.whole(), b.whole(), limits);
        }
        return new Value.Real(real(operator, real(left), real(right)));
    }

    private static Value whole(String operator, BigInteger left, BigInteger right, Limits limits) {
        return switch (operator) {
            case "+" -> bounded(left.add(right), limits);
            case "-" -> bounded(left.subtract(right), limits);
            case "*" -> bounded(left.multiply(right), limits);
            case "/" -> new Value.Real(divide(left, right));
            case "//" -> new Value.Int(floorDivide(left, right));
            case "%" -> new Value.Int(left.subtract(floorDivide(left, right).multiply(right)));
            default -> power(left, right, limits);
        };
    }

    private static Value.Int bounded(BigInteger value, Limits limits) {
        if (value.bitLength() > limits.intBits()) {
            throw new TemplateError("the template makes an integer of more than " + limits.intBits() + " bits");
        }
        return new Value.Int(value);
    }

    private static double divide(BigInteger left, BigInteger right) {
        if (right.signum() == 0) {
            throw new TemplateError("division by zero");
        }
        if (left.abs().compareTo(LARGEST_EXACT) <= 0 && right.abs().compareTo(LARGEST_EXACT) <= 0) {
            return left.doubleValue() / right.doubleValue();
        }
        double quotient = new BigDecimal(left).divide(new BigDecimal(right), QUOTIENT).doubleValue();
        if (Double.isInfinite(quotient)) {
            throw new TemplateError("integer division result too large for a float");
        }
        return quotient;
    }

    private static BigInteger floorDivide(BigInteger left, BigInteger right) {
        if (right.signum() == 0) {
            throw new TemplateError("integer division or modulo by zero");
        }
        BigInteger[] parts = left.divideAndRemainder(right);
        boolean below = parts[1].signum() != 0 && parts[1].signum() != right.signum();
        return below ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static Value power(BigInteger left, BigInteger right, Limits limits) {
        if (right.signum() < 0) {
            if (left.signum() == 0) {
                throw new TemplateError("0.0 cannot be raised to a negative power");
            }
            return new Value.Real(Math.pow(real(new Value.Int(left)), real(new Value.Int(right))));
        }
        boolean unit = left.bitLength() <= 1 && left.abs().compareTo(BigInteger.ONE) <= 0;
        if (unit) {
            boolean odd = right.testBit(0);
            return new Value.Int(right.signum() == 0 ? BigInteger.ONE : left.signum() < 0 && !odd ? BigInteger.ONE : left);
        }
        if (right.bitLength() > 31 || (left.bitLength() - 1L) * right.longValue() > limits.intBits()) {
            throw new TemplateError("the template makes an integer of more than " + limits.intBits() + " bits");
        }
        return bounded(left.pow(right.intValue()), limits);
    }

    private static double real(String operator, double left, double right) {
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / nonZero(right, "float division by zero");
            case "//" -> floorDivide(left, nonZero(right, "float floor division by zero"));
            case "%" -> modulo(left, nonZero(right, "float modulo"));
            default -> power(left, right);
        };
    }

    private static double nonZero(double divisor, String message) {
        if (divisor == 0) {
            throw new TemplateError(message);
        }
        return divisor;
    }

    private static double modulo(double left, double right) {
        double rest = left % right;
        if (rest == 0) {
            return Math.copySign(0, right);
        }
        return rest < 0 == right < 0 ? rest : rest + right;
    }

    private static double floorDivide(double left, double right) {
        double quotient = (left - modulo(left, right)) / right;
        if (quotient == 0) {
            return Math.copySign(0, left / right);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double power(double left, double right) {
        if (left == 0 && right < 0) {
            throw new TemplateError("0.0 cannot be raised to a negative power");
        }
        if (left < 0 && Double.isFinite(right) && right != Math.rint(right)) {
            throw new TemplateError("a negative number cannot be raised to a fraction");
        }
        double power = left == 1 || right == 0 ? 1 : Math.pow(left, right);
        if (Double.isInfinite(power) && Double.isFinite(left) && Double.isFinite(right)) {
            throw new TemplateError("numerical result out of range");
        }
        return power;
    }
}
