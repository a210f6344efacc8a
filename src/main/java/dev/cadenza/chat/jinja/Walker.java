package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalInt;

/** Walks values and makes lists and maps of them, charging the render's meter. One render's thread. */
final class Walker {
    private final Meter meter;

    Walker(Meter meter) {
        this.meter = meter;
    }

    Meter meter() {
        return meter;
    }

    boolean isIterable(Value value) {
        return switch (value) {
            case Value.Text _, Value.Sequence _, Value.Dict _, Value.View _, Value.Stream _, Value.Undefined _, LoopState _ -> true;
            default -> false;
        };
    }

    /** @throws TemplateError the value is not iterable */
    Iterator<Value> iterate(Value value) {
        return charged(switch (value) {
            case Value.Text text -> characters(text.text());
            case Value.Sequence sequence -> sequence.values().iterator();
            case Value.Dict dict -> dict.entries().keySet().iterator();
            case Value.View view -> view.values().iterator();
            case Value.Stream stream -> stream.values();
            case Value.Undefined _ -> List.<Value>of().iterator();
            default -> throw new TemplateError("'" + Types.name(value) + "' object is not iterable");
        });
    }

    private Iterator<Value> charged(Iterator<Value> values) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return values.hasNext();
            }

            @Override
            public Value next() {
                meter.work(1);
                return values.next();
            }
        };
    }

    private static Iterator<Value> characters(String text) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.length();
            }

            @Override
            public Value next() {
                if (at >= text.length()) {
                    throw new NoSuchElementException();
                }
                int end = text.offsetByCodePoints(at, 1);
                Value character = Value.text(text.substring(at, end));
                at = end;
                return character;
            }
        };
    }

    List<Value> all(Value value) {
        List<Value> all = new ArrayList<>();
        Iterator<Value> values = iterate(value);
        while (values.hasNext()) {
            if (all.size() >= meter.limits().weight()) {
                meter.elements(all.size() + 1L);
            }
            all.add(values.next());
        }
        return all;
    }

    /** @return empty when the value has no length */
    OptionalInt length(Value value) {
        return switch (value) {
            case Value.Text text -> OptionalInt.of(Unicode.length(text.text()));
            case Value.Sequence sequence -> OptionalInt.of(sequence.values().size());
            case Value.Dict dict -> OptionalInt.of(dict.entries().size());
            case Value.View view -> OptionalInt.of(view.values().size());
            case Value.Undefined _ -> OptionalInt.of(0);
            case LoopState loop -> OptionalInt.of(loop.length());
            default -> OptionalInt.empty();
        };
    }

    Value.Items list(Collection<? extends Value> values) {
        meter.elements(values.size());
        return new Value.Items(List.copyOf(values), Span.of(values, meter.limits()));
    }

    Value.Tuple tuple(Collection<? extends Value> values) {
        return tuple(values, List.of());
    }

    Value.Tuple tuple(Collection<? extends Value> values, List<String> names) {
        meter.elements(values.size());
        return new Value.Tuple(List.copyOf(values), names, Span.of(values, meter.limits()));
    }

    /** @throws TemplateError a key is a list or a map */
    Value.Dict dict(Map<Value, Value> entries) {
        meter.elements(entries.size());
        entries.keySet().forEach(Hashing::check);
        Span keys = Span.of(entries.keySet(), meter.limits());
        return new Value.Dict(new LinkedHashMap<>(entries), keys.plus(Span.of(entries.values(), meter.limits()), meter.limits()));
    }

    Value.View view(Value.Dict dict, Value.View.Kind kind) {
        meter.elements(dict.entries().size());
        return new Value.View(kind, switch (kind) {
            case KEYS -> List.copyOf(dict.entries().keySet());
            case VALUES -> List.copyOf(dict.entries().values());
            case ITEMS -> pairs(dict);
        });
    }

    List<Value> pairs(Value.Dict dict) {
        List<Value> pairs = new ArrayList<>();
        dict.entries().forEach((key, value) -> pairs.add(tuple(List.of(key, value))));
        return pairs;
    }

    Value.Text text(Value.Text like, String text) {
        meter.text(text.length());
        return like.with(text);
    }

    Value.Text text(String text) {
        meter.text(text.length());
        return Value.text(text);
    }

    String str(Value value) {
        return Repr.str(value, meter);
    }
}
