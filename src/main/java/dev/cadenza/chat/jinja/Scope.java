package dev.cadenza.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Variables of one running body and a link to those around it. One render's thread. */
final class Scope {
    private final Scope parent;
    private final Map<String, Value> variables = new HashMap<>();
    private Set<String> own = Set.of();

    Scope(Scope parent) {
        this.parent = parent;
    }

    /** Names that are this scope's even before it assigns to them. */
    Scope owning(Set<String> names) {
        own = names;
        return this;
    }

    void set(String name, Value value) {
        variables.put(name, value);
    }

    Value get(String name) {
        for (Scope scope = this; scope != null; scope = scope.parent) {
            Value value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
            if (scope.own.contains(name)) {
                break;
            }
        }
        return new Value.Undefined("'" + name + "' is undefined");
    }

    Scope root() {
        Scope scope = this;
        while (scope.parent != null && scope.parent.parent != null) {
            scope = scope.parent;
        }
        return scope;
    }
}
