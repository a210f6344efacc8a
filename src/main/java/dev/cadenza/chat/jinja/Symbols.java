package dev.cadenza.chat.jinja;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.HashMap;
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

    /** Joins alternatives: a name that only some of them assign is looked up outside when none of those ran. */
    void join(List<Symbols> branches) {
        Map<String, Integer> stores = new HashMap<>();
        for (Symbols branch : branches) {
            branch.stored.stream().filter(name -> !stored.contains(name)).forEach(name -> stores.merge(name, 1, Integer::sum));
        }
        for (Symbols branch : branches) {
            known.addAll(branch.known);
            stored.addAll(branch.stored);
            own.removeAll(branch.known);
            own.addAll(branch.own);
        }
        stores.forEach((name, count) -> {
            if (count < branches.size()) {
                own.remove(name);
                if (parent == null || !parent.knows(name)) {
                    free.add(name);
                }
            }
        });
    }

    /** Names that are the scope's own from its start. */
    Set<String> own() {
        return Set.copyOf(own);
    }
}
