package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a template computes with. Equality is Python's: {@code 1 == true == 1.0}, a list never equals a tuple. All but the stateful ones are immutable. */
sealed interface Value {

    static Text text(String text) {
        return new Text(text, false);
    }

    static Int integer(long value) {
        return new Int(BigInteger.valueOf(value));
    }

    /** @param safe marked as safe for HTML: joining it with plain text escapes that */
    record Text(String text, boolean safe) implements Value {
        @Override
        public boolean equals(Object other) {
            return other instanceof Text that && text.equals(that.text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }

        Text with(String changed) {
            return new Text(changed, safe);
        }
    }

    /** What takes part in arithmetic. */
    sealed interface Number extends Value {
        double real();
    }

    /** Numbers that index and repeat. */
    sealed interface Whole extends Number {
        BigInteger whole();

        @Override
        default double real() {
            return whole().doubleValue();
        }
    }

    record Int(BigInteger whole) implements Whole {
        @Override
        public boolean equals(Object other) {
            return Numbers.equal(this, other);
        }

        @Override
        public int hashCode() {
            return whole.hashCode();
        }
    }

    record Bool(boolean value) implements Whole {
        static final Bool FALSE = new Bool(false);
        static final Bool TRUE = new Bool(true);

        static Bool of(boolean value) {
            return value ? TRUE : FALSE;
        }

        @Override
        public BigInteger whole() {
            return value ? BigInteger.ONE : BigInteger.ZERO;
        }

        @Override
        public boolean equals(Object other) {
            return Numbers.equal(this, other);
        }

        @Override
        public int hashCode() {
            return whole().hashCode();
        }
    }

    record Real(double real) implements Number {
        @Override
        public boolean equals(Object other) {
            return Numbers.equal(this, other);
        }

        @Override
        public int hashCode() {
            boolean whole = Double.isFinite(real) && real == Math.rint(real);
            return whole ? new BigDecimal(real).toBigInteger().hashCode() : Double.hashCode(real);
        }
    }

    enum None implements Value {
        NONE
    }

    /** @param message what to say when a use of it fails */
    record Undefined(String message) implements Value {
        @Override
        public boolean equals(Object other) {
            return other instanceof Undefined;
        }

        @Override
        public int hashCode() {
            return 0;
        }
    }

    /** Several values in order. */
    sealed interface Sequence extends Value {
        List<Value> values();
    }

    /** @param span nesting and size, known from the start so that walking a shared structure is bounded */
    record Items(List<Value> values, Span span) implements Sequence {
        @Override
        public boolean equals(Object other) {
            return this == other || other instanceof Items that && values.equals(that.values);
        }

        @Override
        public int hashCode() {
            return values.hashCode();
        }
    }

    /** @param names attributes of a named tuple, empty for a plain one */
    record Tuple(List<Value> values, List<String> names, Span span) implements Sequence {
        @Override
        public boolean equals(Object other) {
            return this == other || other instanceof Tuple that && values.equals(that.values);
        }

        @Override
        public int hashCode() {
            return values.hashCode();
        }
    }

    record Dict(Map<Value, Value> entries, Span span) implements Value {
        @Override
        public boolean equals(Object other) {
            return this == other || other instanceof Dict that && entries.equals(that.entries);
        }

        @Override
        public int hashCode() {
            return entries.hashCode();
        }
    }

    /** Keys, values or items of a map, as a thing that can be walked again and again. */
    record View(Kind kind, List<Value> values) implements Value {
        enum Kind {
            KEYS, VALUES, ITEMS
        }
    }

    record Range(long start, long stop, long step, List<Value> values) implements Sequence {
        @Override
        public boolean equals(Object other) {
            return other instanceof Range that && values.equals(that.values);
        }

        @Override
        public int hashCode() {
            return values.hashCode();
        }
    }

    /** Values that can be walked once; compared by identity. */
    final class Stream implements Value {
        private final Iterator<Value> values;
        private final int depth;

        /** @param source what the values come from: streams over streams nest, and only so deep */
        Stream(Iterator<Value> values, Value source) {
            this.values = values;
            this.depth = source instanceof Stream inner ? inner.depth + 1 : 1;
            if (depth > Limits.STREAM_DEPTH) {
                throw new TemplateError("lazy filters nest deeper than " + Limits.STREAM_DEPTH + " levels");
            }
        }

        Iterator<Value> values() {
            return values;
        }
    }

    /** Something to call; compared by identity. */
    final class Function implements Value {
        private final String name;
        private final boolean macro;
        private final Code code;

        interface Code {
            Value call(Arguments arguments);
        }

        Function(String name, boolean macro, Code code) {
            this.name = name;
            this.macro = macro;
            this.code = code;
        }

        String name() {
            return name;
        }

        boolean macro() {
            return macro;
        }

        Value call(Arguments arguments) {
            return code.call(arguments);
        }
    }

    /** A template's only mutable value. */
    final class Namespace implements Value {
        private final Map<String, Value> members = new LinkedHashMap<>();

        Map<String, Value> members() {
            return members;
        }
    }

    /** A thing with attributes that change: the loop variable, a cycler. */
    non-sealed interface Live extends Value {
        /** @return {@code null} when there is no such attribute */
        Value attribute(String name);

        String describe();
    }
}
