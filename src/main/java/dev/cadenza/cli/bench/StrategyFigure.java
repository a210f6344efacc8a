package dev.cadenza.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * One line of the comparison: a strategy on a workload at a batch size.
 *
 * @param speed      tokens of all answers in a second
 * @param ratio      to {@code standard} right beside it; {@code null} for {@code standard} itself
 * @param tokens     of all answers of all pairs; {@code steps}, {@code drafted} and {@code accepted} likewise, as in the answers' reports
 * @param answers    compared with {@code standard}'s
 * @param equal      how many of them had the same bytes
 * @param thrownAway measurements repeated because the machine was not quiet
 * @param quiet      whether every measurement that counts ran on a quiet machine
 */
record StrategyFigure(String workload, int batch, String strategy, Summary speed, Summary ratio, int tokens, int steps, int drafted, int accepted,
        int answers, int equal, int thrownAway, boolean quiet) {
    private static final List<Table.Column> COLUMNS = List.of(Table.text("workload"), Table.number("batch"), Table.text("strategy"),
            Table.number("tokens/s"), Table.number("ratio"), Table.number("least"), Table.number("greatest"), Table.number("pairs"),
            Table.number("tokens/step"), Table.number("accepted"), Table.number("draft rows"), Table.number("same bytes"),
            Table.number("thrown away"), Table.text(""));

    /** @param figures a workload's lines together, {@code standard} first at each batch size */
    static Section section(List<StrategyFigure> figures) {
        return Section.of("figures", "Speed beside standard", COLUMNS, figures, StrategyFigure::row, StrategyFigure::json);
    }

    /** @param pairs 1 or more; of {@code standard}: with its answers in another batch */
    static StrategyFigure of(Workload workload, int batch, Candidate strategy, List<Pair> pairs) {
        var speed = Summary.of(pairs.stream().mapToDouble(pair -> pair.own().speed()).toArray());
        var ratio = strategy.isStandard() ? null : Summary.of(pairs.stream().mapToDouble(Pair::ratio).toArray());
        return new StrategyFigure(workload.label(), batch, strategy.name(), speed, ratio, sum(pairs, pair -> pair.own().tokens()),
                sum(pairs, pair -> pair.own().steps()), sum(pairs, pair -> pair.own().drafted()), sum(pairs, pair -> pair.own().accepted()),
                sum(pairs, pair -> pair.own().answers().size()), sum(pairs, Pair::equal), sum(pairs, Pair::thrownAway),
                pairs.stream().allMatch(Pair::quiet));
    }

    private static int sum(List<Pair> pairs, ToIntFunction<Pair> value) {
        return pairs.stream().mapToInt(value).sum();
    }

    /** As in an answer's report. */
    double tokensPerStep() {
        return tokens / (double) Math.max(1, steps);
    }

    /** Accepted of drafted tokens, in [0, 1]; NaN: none was drafted. */
    double acceptance() {
        return accepted / (double) drafted;
    }

    /** Share of the answers' rows that verified a draft, in [0, 1]. */
    double draftRows() {
        return drafted / (double) Math.max(1, drafted + steps);
    }

    private List<String> row() {
        return List.of(workload, Integer.toString(batch), strategy, Table.digits(speed.median()),
                ratio == null ? Table.NONE : Table.decimals(ratio.median(), 2), ratio == null ? Table.NONE : Table.decimals(ratio.min(), 2),
                ratio == null ? Table.NONE : Table.decimals(ratio.max(), 2), Integer.toString(speed.count()), Table.decimals(tokensPerStep(), 2),
                drafted == 0 ? Table.NONE : Table.percent(acceptance()), Table.percent(draftRows()), Table.of(equal, answers),
                Integer.toString(thrownAway), Table.disturbed(quiet));
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("workload", workload);
        json.put("batch", batch);
        json.put("strategy", strategy);
        json.put("tokens_per_second", speed.json());
        if (ratio != null) {
            json.put("ratio", ratio.json());
        }
        json.put("pairs", speed.count());
        json.put("tokens_per_step", tokensPerStep());
        json.put("tokens", tokens);
        json.put("steps", steps);
        json.put("drafted", drafted);
        json.put("accepted", accepted);
        if (drafted > 0) {
            json.put("acceptance", acceptance());
        }
        json.put("draft_rows", draftRows());
        json.put("answers", answers);
        json.put("same_bytes", equal);
        json.put("thrown_away", thrownAway);
        json.put("quiet", quiet);
        return json;
    }
}
