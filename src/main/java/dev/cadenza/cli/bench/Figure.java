package dev.cadenza.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One line of the result.
 *
 * @param work       what ran, such as {@code decode batch 8 context 1024}
 * @param name       what of it was measured, such as {@code speed}
 * @param unit       of the summary's values
 * @param thrownAway measurements repeated because the machine was not quiet
 * @param quiet      whether every measurement that counts ran on a quiet machine
 */
record Figure(String work, String name, String unit, Summary value, int thrownAway, boolean quiet) {
    private static final List<Table.Column> COLUMNS = List.of(Table.text("work"), Table.text("figure"), Table.number("median"), Table.number("min"),
            Table.number("max"), Table.text("unit"), Table.number("runs"), Table.number("thrown away"), Table.text(""));

    static Section section(List<Figure> figures) {
        return Section.of("figures", "Figures", COLUMNS, figures, Figure::row, Figure::json);
    }

    private List<String> row() {
        return List.of(work, name, Table.digits(value.median()), Table.digits(value.min()), Table.digits(value.max()), unit,
                Integer.toString(value.count()), Integer.toString(thrownAway), Table.disturbed(quiet));
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("work", work);
        json.put("figure", name);
        json.put("unit", unit);
        json.putAll(value.json());
        json.put("runs", value.count());
        json.put("thrown_away", thrownAway);
        json.put("quiet", quiet);
        return json;
    }
}
