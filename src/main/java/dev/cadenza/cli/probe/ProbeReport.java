package dev.cadenza.cli.probe;

import dev.cadenza.decoding.difficulty.Difficulty;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a training came to.
 *
 * @param settings  of the run, by name
 * @param rule      thresholds of the labels
 * @param ruleOfBeta how beta was found
 * @param labels    questions of each class, by ordinal
 * @param tokens    sampled, over all questions
 * @param training  of the probe on what it learned from
 * @param heldOut   of the probe on what it never saw
 * @param majority  the class that most training questions have
 * @param always    of whoever says {@code majority} to all that was held out
 * @param kinds     in the order of the tasks
 * @param notes     what a reader must know to judge the figures
 */
record ProbeReport(Map<String, Object> settings, LabellingRule rule, String ruleOfBeta, int[] labels, long tokens, Confusion training, Confusion heldOut,
        Difficulty majority, Confusion always, List<KindFigures> kinds, List<String> notes) {
    /** A class with a smaller share of the labels is hard to learn, and hard to judge. */
    private static final double LEAST_SHARE = 0.1;

    /** @param labels by ordinal; accuracy and entropy are means over the kind's questions */
    record KindFigures(String kind, int questions, double accuracy, double entropy, int[] labels) {
    }

    static List<KindFigures> kinds(List<Measured> questions, LabellingRule rule) {
        Map<String, List<Measured>> byKind = questions.stream()
                .collect(Collectors.groupingBy(question -> question.task().kind(), LinkedHashMap::new, Collectors.toList()));
        List<KindFigures> kinds = new ArrayList<>();
        byKind.forEach((kind, own) -> kinds.add(new KindFigures(kind, own.size(), own.stream().mapToDouble(Measured::accuracy).average().orElseThrow(),
                own.stream().mapToDouble(Measured::entropy).average().orElseThrow(), labels(own, rule))));
        return kinds;
    }

    /** Questions of each class, by ordinal. */
    static int[] labels(List<Measured> questions, LabellingRule rule) {
        int[] labels = new int[Difficulty.values().length];
        questions.forEach(question -> labels[rule.label(question.accuracy(), question.entropy()).ordinal()]++);
        return labels;
    }

    static List<String> warnings(int[] labels) {
        int total = Arrays.stream(labels).sum();
        return Arrays.stream(Difficulty.values()).filter(each -> labels[each.ordinal()] < LEAST_SHARE * total)
                .map(each -> "%s has %d of %d labels, less than a tenth: add such questions, or move --alpha, --beta or --gamma"
                        .formatted(each.wireName(), labels[each.ordinal()], total)).toList();
    }

    /** For the probe's file and for programs. The same run gives the same. */
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>(settings);
        json.put("alpha", rule.alpha());
        json.put("beta", rule.beta());
        json.put("beta_rule", ruleOfBeta);
        json.put("gamma", rule.gamma());
        json.put("questions", Arrays.stream(labels).sum());
        json.put("tokens", tokens);
        json.put("labels", byClass(labels));
        json.put("trained_on", Map.of("questions", training.count(), "accuracy", training.accuracy()));
        Map<String, Object> held = new LinkedHashMap<>();
        held.put("questions", heldOut.count());
        held.put("accuracy", heldOut.accuracy());
        held.put("macro_f1", heldOut.macroF1());
        held.put("majority_class", majority.wireName());
        held.put("majority_accuracy", always.accuracy());
        held.put("majority_macro_f1", always.macroF1());
        Map<String, Object> confusion = new LinkedHashMap<>();
        for (Difficulty difficulty : Difficulty.values()) {
            confusion.put(difficulty.wireName(), byClass(heldOut.counts()[difficulty.ordinal()]));
        }
        held.put("confusion", confusion);
        json.put("held_out", held);
        json.put("kinds", kinds.stream().map(ProbeReport::json).toList());
        json.put("notes", notes);
        return json;
    }

    private static Map<String, Object> json(KindFigures kind) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", kind.kind);
        json.put("questions", kind.questions);
        json.put("accuracy", kind.accuracy);
        json.put("entropy", kind.entropy);
        json.put("labels", byClass(kind.labels));
        return json;
    }

    private static Map<String, Object> byClass(int[] counts) {
        Map<String, Object> json = new LinkedHashMap<>();
        for (Difficulty difficulty : Difficulty.values()) {
            json.put(difficulty.wireName(), counts[difficulty.ordinal()]);
        }
        return json;
    }

    /** For people, in Markdown; {@code duration} is told here alone, since it differs from run to run. */
    String markdown(String duration) {
        var text = new StringBuilder("# Probe report\n\n");
        settings.forEach((name, value) -> text.append("- ").append(name.replace('_', ' ')).append(": ").append(value).append('\n'));
        text.append("- thresholds: alpha %s, beta %s nats (%s), gamma %s%n".formatted(rule.alpha(), number(rule.beta()), ruleOfBeta, rule.gamma()));
        text.append("- tokens sampled: %d%n- this run took: %s%n%n## Held-out questions%n%n".formatted(tokens, duration));
        List<List<String>> scores = new ArrayList<>();
        scores.add(List.of("", "questions", "accuracy", "macro-F1"));
        scores.add(List.of("probe", whole(heldOut.count()), number(heldOut.accuracy()), number(heldOut.macroF1())));
        scores.add(List.of("always " + majority.wireName(), whole(always.count()), number(always.accuracy()), number(always.macroF1())));
        scores.add(List.of("probe, on what it learned", whole(training.count()), number(training.accuracy()), number(training.macroF1())));
        table(text, scores);
        text.append("\n## Confusion, held-out questions\n\n");
        List<List<String>> confusion = new ArrayList<>();
        confusion.add(row("is, said", Difficulty.wireNames()));
        for (Difficulty difficulty : Difficulty.values()) {
            confusion.add(row(difficulty.wireName(), counts(heldOut.counts()[difficulty.ordinal()])));
        }
        table(text, confusion);
        text.append("\n## Kinds of questions\n\n");
        List<List<String>> table = new ArrayList<>();
        List<String> headings = new ArrayList<>(List.of("kind", "questions", "accuracy", "entropy"));
        headings.addAll(Difficulty.wireNames());
        table.add(headings);
        for (KindFigures kind : kinds) {
            List<String> figures = new ArrayList<>(List.of(kind.kind, whole(kind.questions), number(kind.accuracy), number(kind.entropy)));
            figures.addAll(counts(kind.labels));
            table.add(figures);
        }
        List<String> all = new ArrayList<>(List.of("all", whole(Arrays.stream(labels).sum()), "", ""));
        all.addAll(counts(labels));
        table.add(all);
        table(text, table);
        if (!notes.isEmpty()) {
            text.append('\n');
            notes.forEach(note -> text.append("- ").append(note).append('\n'));
        }
        return text.toString();
    }

    private static List<String> row(String first, List<String> rest) {
        List<String> row = new ArrayList<>(List.of(first));
        row.addAll(rest);
        return row;
    }

    private static List<String> counts(int[] counts) {
        return Arrays.stream(counts).mapToObj(ProbeReport::whole).toList();
    }

    private static String whole(int value) {
        return Integer.toString(value);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    /** The first column to the left, all others to the right. */
    private static void table(StringBuilder text, List<List<String>> rows) {
        for (int i = 0; i < rows.size(); i++) {
            for (int column = 0; column < rows.get(i).size(); column++) {
                int at = column;
                int width = rows.stream().mapToInt(row -> row.get(at).length()).max().orElseThrow();
                String cell = rows.get(i).get(column);
                String padding = " ".repeat(width - cell.length());
                text.append("| ").append(column == 0 ? cell + padding : padding + cell).append(' ');
            }
            text.append("|\n");
            if (i == 0) {
                for (int column = 0; column < rows.getFirst().size(); column++) {
                    int at = column;
                    int width = rows.stream().mapToInt(row -> row.get(at).length()).max().orElseThrow();
                    text.append(column == 0 ? "|" + "-".repeat(width + 2) : "|" + "-".repeat(width + 1) + ":");
                }
                text.append("|\n");
            }
        }
    }
}
