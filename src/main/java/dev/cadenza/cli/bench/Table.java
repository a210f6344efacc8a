package dev.cadenza.cli.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table in Markdown whose columns line up.
 *
 * @param rows a text per column
 */
record Table(List<Column> columns, List<List<String>> rows) {
    /** Instead of a value that there is not. */
    static final String NONE = "-";

    Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** @param toTheRight as numbers are */
    record Column(String heading, boolean toTheRight) {
    }

    static Column text(String heading) {
        return new Column(heading, false);
    }

    static Column number(String heading) {
        return new Column(heading, true);
    }

    void print(PrintWriter out) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns.stream().map(Column::heading).toList());
        lines.addAll(rows);
        int[] widths = new int[columns.size()];
        for (List<String> line : lines) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], line.get(column).length());
            }
        }
        out.println(line(lines.getFirst(), widths));
        out.println(rule(widths));
        rows.forEach(row -> out.println(line(row, widths)));
    }

    private String line(List<String> texts, int[] widths) {
        var line = new StringBuilder("|");
        for (int column = 0; column < widths.length; column++) {
            String padding = " ".repeat(widths[column] - texts.get(column).length());
            line.append(columns.get(column).toTheRight() ? padding + texts.get(column) : texts.get(column) + padding).append('|');
        }
        return line.toString();
    }

    private String rule(int[] widths) {
        var rule = new StringBuilder("|");
        for (int column = 0; column < widths.length; column++) {
            String dashes = "-".repeat(Math.max(1, widths[column] - 1));
            rule.append(columns.get(column).toTheRight() ? dashes + ":" : "-".repeat(Math.max(1, widths[column]))).append('|');
        }
        return rule.toString();
    }

    /** Four digits or so, whatever the size. */
    static String digits(double value) {
        double size = Math.abs(value);
        int decimals = size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
        return decimals(value, decimals);
    }

    static String decimals(double value, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** @param share in [0, 1] */
    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    static String of(int some, int all) {
        return "%d of %d".formatted(some, all);
    }

    /** Marks a line that is worth nothing but its order of magnitude. */
    static String disturbed(boolean quiet) {
        return quiet ? "" : "not quiet";
    }
}
