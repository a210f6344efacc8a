package dev.cadenza.decoding;

import java.util.List;
import java.util.Optional;

/** Strategies by name. Immutable; any thread. */
record Families(List<StrategyFamily> all) {

    Optional<StrategyFamily> named(String name) {
        return all.stream().filter(family -> family.name().equals(name)).findFirst();
    }

    List<String> names() {
        return all.stream().map(StrategyFamily::name).toList();
    }
}
