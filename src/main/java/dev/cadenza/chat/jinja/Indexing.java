package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Subscripts and slices; positions in text count code points. */
final class Indexing {
    private final Walker walker;

    Indexing(Walker walker) {
        this.walker = walker;
    }

    /** @return {@code null} when there is no such element */
    Value item(Value owner, Value key) {
        return switch (owner) {
            case Value.Text text -> key instanceof Value.Whole index ? character(text, index) : null;
            case Value.Sequence sequence -> key instanceof Value.Whole index ? element(sequence.values(), index) : null;
            case Value.Dict dict -> Hashing.isHashable(key) ? dict.entries().get(key) : null;
            case Value.Undefined undefined -> {
                Types.refuseUndefined(undefined);
                yield null;
            }
            default -> null;
        };
    }

    private static Value element(List<Value> values, Value.Whole index) {
        int position = position(index.whole(), values.size());
        return position < 0 ? null : values.get(position);
    }

    private static Value character(Value.Text text, Value.Whole index) {
        int position = position(index.whole(), Unicode.length(text.text()));
        if (position < 0) {
            return null;
        }
        int start = text.text().offsetByCodePoints(0, position);
        return text.with(text.text().substring(start, text.text().offsetByCodePoints(start, 1)));
    }

    /** @return -1 when it lies outside */
    private static int position(BigInteger index, int length) {
        if (index.bitLength() > 31) {
            return -1;
        }
        long position = index.longValue() < 0 ? index.longValue() + length : index.longValue();
        return position < 0 || position >= length ? -1 : (int) position;
    }

    /** Bounds are {@code null} or none where absent. @throws TemplateError the value has no slices, a bound is no integer, the step is zero */
    Value slice(Value owner, Value start, Value stop, Value step) {
        return switch (owner) {
            case Value.Text text -> {
                int[] points = text.text().codePoints().toArray();
                StringBuilder part = new StringBuilder();
                for (int at : positions(points.length, start, stop, step)) {
                    part.appendCodePoint(points[at]);
                }
                yield walker.text(text, part.toString());
            }
            case Value.Tuple tuple -> walker.tuple(part(tuple.values(), start, stop, step));
            case Value.Range range -> range(range, start, stop, step);
            case Value.Items items -> walker.list(part(items.values(), start, stop, step));
            default -> {
                Types.refuseUndefined(owner);
                throw new TemplateError("'" + Types.name(owner) + "' object is not subscriptable by a slice");
            }
        };
    }

    /** A part of a range is a range, whose printed bounds are those of the part. */
    private Value range(Value.Range range, Value start, Value stop, Value step) {
        List<Value> values = part(range.values(), start, stop, step);
        long stride = range.step() * bound(step, 1);
        long first = values.isEmpty() ? range.start() : ((Value.Int) values.getFirst()).whole().longValue();
        return new Value.Range(first, first + values.size() * stride, stride, List.copyOf(values));
    }

    private List<Value> part(List<Value> values, Value start, Value stop, Value step) {
        List<Value> part = new ArrayList<>();
        for (int at : positions(values.size(), start, stop, step)) {
            part.add(values.get(at));
        }
        return part;
    }

    private int[] positions(int length, Value start, Value stop, Value step) {
        int stride = bound(step, 1);
        if (stride == 0) {
            throw new TemplateError("slice step cannot be zero");
        }
        int lowest = stride > 0 ? 0 : -1;
        int highest = stride > 0 ? length : length - 1;
        int from = clamp(bound(start, stride > 0 ? lowest : highest), isAbsent(start), length, lowest, highest);
        int to = clamp(bound(stop, stride > 0 ? highest : lowest), isAbsent(stop), length, lowest, highest);
        long span = stride > 0 ? (long) to - from : (long) from - to;
        int count = span <= 0 ? 0 : (int) ((span - 1) / Math.abs((long) stride) + 1);
        walker.meter().work(count);
        int[] positions = new int[count];
        for (int i = 0; i < count; i++) {
            positions[i] = (int) (from + (long) i * stride);
        }
        return positions;
    }

    private static int clamp(int bound, boolean absent, int length, int lowest, int highest) {
        if (absent) {
            return bound;
        }
        long position = bound < 0 ? (long) bound + length : bound;
        return Math.clamp(position, lowest, highest);
    }

    private static boolean isAbsent(Value bound) {
        return bound == null || bound instanceof Value.None;
    }

    private static int bound(Value bound, int otherwise) {
        if (isAbsent(bound)) {
            return otherwise;
        }
        if (bound instanceof Value.Whole whole) {
            BigInteger limit = BigInteger.valueOf(Integer.MAX_VALUE);
            return whole.whole().min(limit).max(limit.negate()).intValue();
        }
        throw new TemplateError("slice indices must be integers or None");
    }
}
