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
 * The comparison of strategies, which describes itself.
 *
 * @param head    machine and settings, in order
 * @param figures a workload's lines together, {@code standard} first at each batch size
 * @param notes   what a reader must know to judge the figures
 */
record StrategyReport(Map<String, String> head, List<StrategyFigure> figures, List<String> notes) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> HEADINGS = List.of("workload", "batch", "strategy", "tokens/s", "ratio", "least", "greatest", "pairs",
            "tokens/step", "accepted", "draft rows", "same bytes", "thrown away", "");
    private static final List<Boolean> TO_THE_RIGHT = List.of(false, true, false, true, true, true, true, true, true, true, true, true, true, false);
    private static final String NONE = "-";

    /** For people: a head, a table in Markdown, notes. */
    void table(PrintWriter out) {
        head.forEach((name, value) -> out.printf("%-12s %s%n", name, value));
        out.println();
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADINGS);
        figures.forEach(figure -> rows.add(row(figure)));
        int[] widths = new int[HEADINGS.size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        out.println(line(rows.getFirst(), widths));
        out.println(rule(widths));
        rows.stream().skip(1).forEach(row -> out.println(line(row, widths)));
        if (!notes.isEmpty()) {
            out.println();
            notes.forEach(out::println);
        }
        out.flush();
    }

    private static String line(List<String> row, int[] widths) {
        var line = new StringBuilder("|");
        for (int column = 0; column < widths.length; column++) {
            String padding = " ".repeat(widths[column] - row.get(column).length());
            line.append(TO_THE_RIGHT.get(column) ? padding + row.get(column) : row.get(column) + padding).append('|');
        }
        return line.toString();
    }

    private static String rule(int[] widths) {
        var rule = new StringBuilder("|");
        for (int column = 0; column < widths.length; column++) {
            String dashes = "-".repeat(Math.max(1, widths[column] - 1));
            rule.append(TO_THE_RIGHT.get(column) ? dashes + ":" : "-".repeat(Math.max(1, widths[column]))).append('|');
        }
        return rule.toString();
    }

    private static List<String> row(StrategyFigure figure) {
        Summary ratio = figure.ratio();
        return List.of(figure.workload(), Integer.toString(figure.batch()), figure.strategy(), Report.number(figure.speed().median()),
                ratio == null ? NONE : number(ratio.median()), ratio == null ? NONE : number(ratio.min()), ratio == null ? NONE : number(ratio.max()),
                Integer.toString(figure.speed().count()), number(figure.tokensPerStep()),
                figure.drafted() == 0 ? NONE : percent(figure.acceptance()), percent(figure.draftRows()),
                "%d of %d".formatted(figure.equal(), figure.answers()), Integer.toString(figure.thrownAway()),
                figure.quiet() ? "" : Report.NOT_QUIET);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    /** For programs: one line. */
    String json() {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode machine = root.putObject("head");
        head.forEach(machine::put);
        var list = root.putArray("figures");
        for (StrategyFigure figure : figures) {
            ObjectNode node = list.addObject().put("workload", figure.workload()).put("batch", figure.batch()).put("strategy", figure.strategy());
            put(node.putObject("tokens_per_second"), figure.speed());
            if (figure.ratio() != null) {
                put(node.putObject("ratio"), figure.ratio());
            }
            node.put("pairs", figure.speed().count()).put("tokens_per_step", figure.tokensPerStep()).put("tokens", figure.tokens())
                    .put("steps", figure.steps()).put("drafted", figure.drafted()).put("accepted", figure.accepted());
            if (figure.drafted() > 0) {
                node.put("acceptance", figure.acceptance());
            }
            node.put("draft_rows", figure.draftRows()).put("answers", figure.answers()).put("same_bytes", figure.equal())
                    .put("thrown_away", figure.thrownAway()).put("quiet", figure.quiet());
        }
        var remarks = root.putArray("notes");
        notes.forEach(remarks::add);
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void put(ObjectNode node, Summary summary) {
        node.put("median", summary.median()).put("min", summary.min()).put("max", summary.max());
    }
}
