package dev.cadenza.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * What trials take.
 *
 * @param atOnce     answers that find places to run together
 * @param speed      kept tokens of all answers in a second
 * @param ratio      to {@code standard} right beside it
 * @param tokens     kept, of all pairs; {@code steps}, {@code trials} and {@code dropped} likewise, as in the answers' reports
 * @param thrownAway measurements repeated because the machine was not quiet
 * @param quiet      whether every measurement that counts ran on a quiet machine
 */
record CntpCost(String strategy, int batch, int atOnce, Summary speed, Summary ratio, int tokens, int steps, int trials, int dropped, int thrownAway,
        boolean quiet) {
    private static final List<Table.Column> COLUMNS = List.of(Table.text("strategy"), Table.number("batch"), Table.number("at once"),
            Table.number("tokens/s"), Table.number("ratio"), Table.number("least"), Table.number("greatest"), Table.number("pairs"),
            Table.number("tokens/step"), Table.number("trials"), Table.number("dropped per kept"), Table.number("tokens"),
            Table.number("thrown away"), Table.text(""));

    static Section section(List<CntpCost> figures) {
        return Section.of("cntp_cost", "What CNTP costs, beside standard at the same temperature", COLUMNS, figures, CntpCost::row, CntpCost::json);
    }

    /** @param pairs each with {@code standard} */
    static CntpCost of(Candidate strategy, int batch, int atOnce, Runs<Pair> pairs) {
        return new CntpCost(strategy.name(), batch, atOnce, Summary.of(pairs.values().stream().mapToDouble(pair -> pair.own().speed()).toArray()),
                Summary.of(pairs.values().stream().mapToDouble(Pair::ratio).toArray()), sum(pairs, Answers::tokens), sum(pairs, Answers::steps),
                sum(pairs, Answers::trials), sum(pairs, Answers::dropped), pairs.thrownAway(), pairs.quiet());
    }

    private static int sum(Runs<Pair> pairs, ToIntFunction<Answers> value) {
        return pairs.values().stream().map(Pair::own).mapToInt(value).sum();
    }

    double tokensPerStep() {
        return tokens / (double) Math.max(1, steps);
    }

    double droppedPerKept() {
        return dropped / (double) tokens;
    }

    private List<String> row() {
        return List.of(strategy, Integer.toString(batch), Integer.toString(atOnce), Table.digits(speed.median()), Table.decimals(ratio.median(), 2),
                Table.decimals(ratio.min(), 2), Table.decimals(ratio.max(), 2), Integer.toString(ratio.count()), Table.decimals(tokensPerStep(), 2),
                Integer.toString(trials), Table.decimals(droppedPerKept(), 2), Integer.toString(tokens), Integer.toString(thrownAway),
                Table.disturbed(quiet));
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("strategy", strategy);
        json.put("batch", batch);
        json.put("at_once", atOnce);
        json.put("tokens_per_second", speed.json());
        json.put("ratio", ratio.json());
        json.put("pairs", ratio.count());
        json.put("tokens_per_step", tokensPerStep());
        json.put("trials", trials);
        json.put("dropped", dropped);
        json.put("dropped_per_kept", droppedPerKept());
        json.put("tokens", tokens);
        json.put("steps", steps);
        json.put("thrown_away", thrownAway);
        json.put("quiet", quiet);
        return json;
    }
}
