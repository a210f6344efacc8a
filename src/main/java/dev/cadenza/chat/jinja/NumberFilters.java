package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters that give numbers. */
final class NumberFilters {
    private NumberFilters() {
    }

    static void register(Map<String, Filters.Filter> all) {
        all.put("abs", (_, input, arguments) -> {
            arguments.bind("abs", 0);
            return switch (number(input, "abs")) {
                case Value.Whole whole -> new Value.Int(whole.whole().abs());
                case Value.Real real -> new Value.Real(Math.abs(real.real()));
            };
        });
        all.put("int", NumberFilters::integer);
        all.put("float", NumberFilters::real);
        all.put("round", NumberFilters::round);
        all.put("sum", NumberFilters::sum);
        all.put("filesizeformat", NumberFilters::fileSize);
    }

    private static Value.Number number(Value value, String function) {
        if (value instanceof Value.Number number) {
            return number;
        }
        Types.refuseUndefined(value);
        throw new TemplateError("bad operand type for " + function + "(): '" + Types.name(value) + "'");
    }

    private static Value integer(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("int", 0, "default", "base");
        Types.refuseUndefined(input);
        int base = StringMethods.integer(bound[1], 10, "int");
        Value otherwise = bound[0] == null ? Value.integer(0) : bound[0];
        return switch (input) {
            case Value.Whole whole -> new Value.Int(whole.whole());
            case Value.Real(double real) -> {
                if (Double.isInfinite(real)) {
                    throw new TemplateError("cannot convert float infinity to integer");
                }
                yield Double.isNaN(real) ? otherwise : truncated(real);
            }
            case Value.Text(String text, _) -> {
                BigInteger whole = PythonNumbers.integer(text, base);
                Double real = whole == null ? PythonNumbers.real(text) : null;
                yield whole != null ? new Value.Int(whole) : real == null || !Double.isFinite(real) ? otherwise : truncated(real);
            }
            default -> otherwise;
        };
    }

    private static Value truncated(double real) {
        return new Value.Int(new BigDecimal(real).toBigInteger());
    }

    private static Value real(Evaluator run, Value input, Arguments arguments) {
        Value otherwise = arguments.bind("float", 0, "default")[0];
        Types.refuseUndefined(input);
        Double real = switch (input) {
            case Value.Number number -> Numbers.real(number);
            case Value.Text(String text, _) -> PythonNumbers.real(text);
            default -> null;
        };
        return real != null ? new Value.Real(real) : otherwise == null ? new Value.Real(0) : otherwise;
    }

    private static Value round(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("round", 0, "precision", "method");
        String method = bound[1] == null ? "common" : run.str(bound[1]);
        int precision = Math.clamp(StringMethods.integer(bound[0], 0, "round"), -400, 400);
        Value.Number number = number(input, "round");
        return switch (method) {
            case "common" -> rounded(number, precision);
            case "ceil", "floor" -> {
                Value factor = run.operators().apply("**", Value.integer(10), Value.integer(precision));
                double scaled = ((Value.Number) run.operators().apply("*", input, factor)).real();
                if (!Double.isFinite(scaled)) {
                    throw new TemplateError("cannot convert float infinity or NaN to integer");
                }
                Value whole = new Value.Int(new BigDecimal(method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled)).toBigInteger());
                yield run.operators().apply("/", whole, factor);
            }
            default -> throw new TemplateError("method must be common, ceil or floor");
        };
    }

    private static Value rounded(Value.Number number, int precision) {
        return switch (number) {
            case Value.Whole whole -> precision >= 0 ? new Value.Int(whole.whole())
                    : new Value.Int(new BigDecimal(whole.whole()).setScale(precision, RoundingMode.HALF_EVEN).toBigInteger());
            case Value.Real(double real) -> {
                if (!Double.isFinite(real) || real == 0) {
                    yield number;
                }
                double rounded = new BigDecimal(real).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
                yield new Value.Real(Math.copySign(rounded, real));
            }
        };
    }

    private static Value sum(Evaluator run, Value input, Arguments arguments) {
        Value[] bound = arguments.bind("sum", 0, "attribute", "start");
        UnaryOperator<Value> getter = run.getter(SequenceFilters.absent(bound[0]) ? null : bound[0], null);
        Value sum = bound[1] == null ? Value.integer(0) : bound[1];
        if (sum instanceof Value.Text) {
            throw new TemplateError("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Iterator<Value> values = run.walker().iterate(input);
        while (values.hasNext()) {
            sum = run.operators().apply("+", sum, getter.apply(values.next()));
        }
        return sum;
    }

    private static Value fileSize(Evaluator run, Value input, Arguments arguments) {
        Value binary = arguments.bind("filesizeformat", 0, "binary")[0];
        boolean isBinary = binary != null && Types.isTrue(binary);
        if (!(real(run, input, new Arguments(List.of(Value.None.NONE), Map.of())) instanceof Value.Number size)) {
            throw new TemplateError("could not convert to float: " + Repr.repr(input, run.meter()));
        }
        double bytes = size.real();
        if (!Double.isFinite(bytes)) {
            throw new TemplateError("cannot show a size that is not finite");
        }
        double base = isBinary ? 1024 : 1000;
        if (bytes == 1) {
            return Value.text("1 Byte");
        }
        if (bytes < base) {
            return Value.text((long) bytes + " Bytes");
        }
        List<String> prefixes = List.of("K", "M", "G", "T", "P", "E", "Z", "Y");
        int power = 0;
        double unit = base * base;
        while (power < prefixes.size() - 1 && bytes >= unit) {
            unit *= base;
            power++;
        }
        String prefix = isBinary ? prefixes.get(power) + "iB" : (power == 0 ? "k" : prefixes.get(power)) + "B";
        return Value.text(String.format(Locale.ROOT, "%s %s", FormatSpec.fixed(base * bytes / unit, 1), prefix));
    }
}
