package dev.cadenza.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request of a batch in which every one decodes otherwise, or all of them together.
 *
 * @param strategy   {@code null}: all of them
 * @param speed      tokens of all answers in a second; {@code null} for a single one
 * @param ratio      to the same requests all decoded by {@code standard}, right beside; {@code null} for a single one
 * @param tokens     of its answers in all waves
 * @param answers    in the batch
 * @param same       of them those that have the bytes, and as many tokens, that the request gets when it is alone
 * @param thrownAway measurements repeated because the machine was not quiet
 * @param quiet      whether every measurement that counts ran on a quiet machine
 */
record MixedFigure(String strategy, Summary speed, Summary ratio, int tokens, int answers, int same, int thrownAway, boolean quiet) {
    private static final List<Table.Column> COLUMNS = List.of(Table.text("strategy"), Table.number("tokens/s"), Table.number("ratio"),
            Table.number("least"), Table.number("greatest"), Table.number("pairs"), Table.number("tokens"), Table.number("bytes as alone"),
            Table.number("thrown away"), Table.text(""));

    static Section section(List<MixedFigure> figures) {
        return Section.of("mixed", "All strategies in one batch, beside the same requests all by standard", COLUMNS, figures, MixedFigure::row,
                MixedFigure::json);
    }

    private List<String> row() {
        return List.of(strategy == null ? "all together" : strategy, speed == null ? Table.NONE : Table.digits(speed.median()),
                ratio == null ? Table.NONE : Table.decimals(ratio.median(), 2), ratio == null ? Table.NONE : Table.decimals(ratio.min(), 2),
                ratio == null ? Table.NONE : Table.decimals(ratio.max(), 2), ratio == null ? Table.NONE : Integer.toString(ratio.count()),
                Integer.toString(tokens), Table.of(same, answers), Integer.toString(thrownAway), Table.disturbed(quiet));
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("strategy", strategy == null ? "all" : strategy);
        if (ratio != null) {
            json.put("tokens_per_second", speed.json());
            json.put("ratio", ratio.json());
            json.put("pairs", ratio.count());
        }
        json.put("tokens", tokens);
        json.put("answers", answers);
        json.put("same_bytes", same);
        json.put("thrown_away", thrownAway);
        json.put("quiet", quiet);
        return json;
    }
}
