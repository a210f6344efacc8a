package dev.cadenza.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many answers to questions with one right answer are right.
 *
 * @param task      of the questions
 * @param questions different ones; each is asked once per seed
 * @param answers   1 or more
 * @param right     of them
 * @param won       right where {@code standard}, with the same seed, is wrong
 * @param lost      wrong where {@code standard} is right
 */
record CntpGain(String task, String strategy, int questions, int answers, int right, int won, int lost) {
    private static final List<Table.Column> COLUMNS = List.of(Table.text("task"), Table.text("strategy"), Table.number("questions"),
            Table.number("right"), Table.number("share"), Table.number("95 % interval"), Table.number("won"), Table.number("lost"));

    static Section section(List<CntpGain> figures) {
        return Section.of("cntp_gain", "What CNTP gains: right answers, the same questions and seeds", COLUMNS, figures, CntpGain::row, CntpGain::json);
    }

    /** @param own, standard whether each answer is right, in the same order */
    static CntpGain of(String task, Candidate strategy, int questions, List<Boolean> own, List<Boolean> standard) {
        int right = 0;
        int won = 0;
        int lost = 0;
        for (int i = 0; i < own.size(); i++) {
            right += own.get(i) ? 1 : 0;
            won += own.get(i) && !standard.get(i) ? 1 : 0;
            lost += !own.get(i) && standard.get(i) ? 1 : 0;
        }
        return new CntpGain(task, strategy.name(), questions, own.size(), right, won, lost);
    }

    private double share() {
        return right / (double) answers;
    }

    private List<String> row() {
        return List.of(task, strategy, Integer.toString(questions), Table.of(right, answers), Table.percent(share()),
                Interval.wilson95(right, answers).percent(), Integer.toString(won), Integer.toString(lost));
    }

    private Map<String, Object> json() {
        Interval interval = Interval.wilson95(right, answers);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("task", task);
        json.put("strategy", strategy);
        json.put("questions", questions);
        json.put("answers", answers);
        json.put("right", right);
        json.put("share", share());
        json.put("interval_95", List.of(interval.low(), interval.high()));
        json.put("won", won);
        json.put("lost", lost);
        return json;
    }
}
