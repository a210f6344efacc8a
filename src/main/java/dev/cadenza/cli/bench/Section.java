package dev.cadenza.cli.bench;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A part of a result.
 *
 * @param key   its name for programs
 * @param title for people
 * @param json  a line per figure: names and values (numbers, texts, truth values, maps of these), in order
 */
record Section(String key, String title, Table table, List<Map<String, Object>> json) {
    Section {
        json = List.copyOf(json);
    }

    /** A line for each figure. */
    static <F> Section of(String key, String title, List<Table.Column> columns, List<F> figures, Function<F, List<String>> row,
            Function<F, Map<String, Object>> json) {
        return new Section(key, title, new Table(columns, figures.stream().map(row).toList()), figures.stream().map(json).toList());
    }
}
