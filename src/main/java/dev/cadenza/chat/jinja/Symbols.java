package dev.cadenza.chat.jinja;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one scope does with each name, learnt in source order. A name that a scope assigns before it reads it, and that no enclosing scope knows,
 * is the scope's own from the start: reading it early finds nothing, even where the caller passed a variable of that name.
 */
final class Symbols {
    private final Symbols parent;
    private final Set<String> known = new HashSet<>();
    private final Set<String> stored = new HashSet<>();
    private final Set<String> own = new HashSet<>();
    private final Set<String> free;

    Symbols(Symbols parent, Set<String> free) {
        this.parent = parent;
        this.free = free;
    }

    private boolean knows(String name) {
        return known.contains(name) || parent != null && parent.knows(name);
    }

    void load(String name) {
        if (!knows(name)) {
            known.add(name);
            free.add(name);
        }
    }

    void store(String name) {
        stored.add(name);
        if (known.add(name) && (parent == null || !parent.knows(name))) {
            own.add(name);
        }
    }

    void parameter(String name) {
        stored.add(name);
        known.add(name);
        own.remove(name);
    }

    Symbols branch() {
        Symbols branch = new Symbols(parent, free);
        branch.known.addAll(known);
        branch.stored.addAll(stored);
        branch.own.addAll(own);
        return branch;
    }

    /** Joins alternatives: a name that any of them assigns is looked up outside as long as none of those ran. */
    void join(List<Symbols> branches) {
        Set<String> assigned = new HashSet<>();
        branches.forEach(branch -> assigned.addAll(branch.stored));
        assigned.removeAll(stored);
        for (Symbols branch : branches) {
            known.addAll(branch.known);
            stored.addAll(branch.stored);
            own.addAll(branch.own);
        }
        own.removeAll(assigned);
        if (parent == null) {
            free.addAll(assigned);
        } else {
            assigned.stream().filter(name -> !parent.knows(name)).forEach(free::add);
        }
    }

    /** Names that are the scope's own from its start. */
    Set<String> own() {
        return Set.copyOf(own);
    }
}
