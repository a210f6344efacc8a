package dev.cadenza.chat.jinja;

import dev.cadenza.chat.TemplateError;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;

/** The {@code loop} variable: a cursor over a loop's items that looks one ahead and counts the rest only when asked. One render's thread. */
final class LoopState implements Value.Live {
    private final int level;
    private final Value recursion;
    private Iterator<Value> rest;
    private int known;
    private int index = -1;
    private Value before;
    private Value current;
    private Value after;
    private Arguments lastChanged;

    /** @param known length of the items where it is known beforehand  @param recursion what calling the loop does, or {@code null} */
    LoopState(Iterator<Value> items, OptionalInt known, int level, Value recursion) {
        this.rest = items;
        this.known = known.orElse(-1);
        this.level = level;
        this.recursion = recursion;
    }

    boolean hasNext() {
        return after != null || rest.hasNext();
    }

    Value next() {
        before = current;
        current = peek();
        after = null;
        index++;
        return current;
    }

    private Value peek() {
        if (after == null && rest.hasNext()) {
            after = rest.next();
        }
        return after;
    }

    int length() {
        if (known < 0) {
            List<Value> remaining = new ArrayList<>();
            rest.forEachRemaining(remaining::add);
            rest = remaining.iterator();
            known = index + 1 + (after == null ? 0 : 1) + remaining.size();
        }
        return known;
    }

    Value call(Arguments arguments) {
        if (!(recursion instanceof Value.Function function)) {
            throw new TemplateError("The loop must have the 'recursive' marker to be called recursively.");
        }
        return function.call(arguments);
    }

    @Override
    public Value attribute(String name) {
        return switch (name) {
            case "index" -> Value.integer(index + 1);
            case "index0" -> Value.integer(index);
            case "revindex" -> Value.integer(length() - index);
            case "revindex0" -> Value.integer(length() - index - 1);
            case "first" -> Value.Bool.of(index == 0);
            case "last" -> Value.Bool.of(peek() == null);
            case "length" -> Value.integer(length());
            case "depth" -> Value.integer(level + 1);
            case "depth0" -> Value.integer(level);
            case "previtem" -> index > 0 ? before : new Value.Undefined("there is no previous item");
            case "nextitem" -> peek() == null ? new Value.Undefined("there is no next item") : after;
            case "cycle" -> new Value.Function("cycle", false, this::cycle);
            case "changed" -> new Value.Function("changed", false, this::changed);
            default -> null;
        };
    }

    private Value cycle(Arguments arguments) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateError("no items for cycling given");
        }
        return arguments.positional().get(index % arguments.positional().size());
    }

    private Value changed(Arguments arguments) {
        boolean changed = lastChanged == null || !lastChanged.positional().equals(arguments.positional());
        lastChanged = arguments;
        return Value.Bool.of(changed);
    }

    @Override
    public String describe() {
        return "<LoopContext " + (index + 1) + "/" + length() + ">";
    }
}
