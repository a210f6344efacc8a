package dev.cadenza.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A result that describes itself.
 *
 * @param head    machine and settings, in order
 * @param figures in the order in which they were measured
 * @param notes   what a reader must know to judge the figures
 */
record Report(Map<String, String> head, List<Figure> figures, List<String> notes) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> HEADINGS = List.of("WORK", "FIGURE", "MEDIAN", "MIN", "MAX", "UNIT", "RUNS", "THROWN AWAY", "");
    private static final List<Boolean> TO_THE_RIGHT = List.of(false, false, true, true, true, false, true, true, false);
    static final String NOT_QUIET = "not quiet";

    /** For people. */
    void table(PrintWriter out) {
        head.forEach((name, value) -> out.printf("%-12s %s%n", name, value));
        out.println();
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADINGS);
        figures.forEach(figure -> rows.add(row(figure)));
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width = rows.stream().mapToInt(each -> each.get(at).length()).max().orElseThrow();
                String padding = " ".repeat(width - row.get(column).length());
                line.append(TO_THE_RIGHT.get(column) ? padding + row.get(column) : row.get(column) + padding).append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
        if (!notes.isEmpty()) {
            out.println();
            notes.forEach(out::println);
        }
        out.flush();
    }

    private static List<String> row(Figure figure) {
        Summary value = figure.value();
        return List.of(figure.work(), figure.name(), number(value.median()), number(value.min()), number(value.max()), figure.unit(),
                Integer.toString(value.count()), Integer.toString(figure.thrownAway()), figure.quiet() ? "" : NOT_QUIET);
    }

    /** Four digits or so, whatever the size. */
    static String number(double value) {
        double size = Math.abs(value);
        int decimals = size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** For programs: one line. */
    String json() {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode machine = root.putObject("head");
        head.forEach(machine::put);
        var list = root.putArray("figures");
        for (Figure figure : figures) {
            Summary value = figure.value();
            list.addObject().put("work", figure.work()).put("figure", figure.name()).put("unit", figure.unit()).put("median", value.median())
                    .put("min", value.min()).put("max", value.max()).put("runs", value.count()).put("thrown_away", figure.thrownAway())
                    .put("quiet", figure.quiet());
        }
        var remarks = root.putArray("notes");
        notes.forEach(remarks::add);
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
