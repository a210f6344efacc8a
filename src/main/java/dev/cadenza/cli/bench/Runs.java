package dev.cadenza.cli.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Repeated measurements of one work.
 *
 * @param values     those that count, 1 or more
 * @param thrownAway others, repeated because the machine was not quiet
 * @param quiet      whether all that count ran on a quiet machine
 */
record Runs<T>(List<T> values, int thrownAway, boolean quiet) {
    Runs {
        values = List.copyOf(values);
    }

    Figure figure(String work, String name, String unit, ToDoubleFunction<? super T> value) {
        return new Figure(work, name, unit, Summary.of(values.stream().mapToDouble(value).toArray()), thrownAway, quiet);
    }
}
