package dev.cadenza.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A step's time at a depth, as measured and as the full-depth run foretells it.
 *
 * @param batch      rows of the step
 * @param depth      layers that they run
 * @param measured   ms
 * @param predicted  ms
 * @param ratio      of measured to predicted in the same repetition
 * @param fixed      ms of a step that no layer takes, from the full-depth run
 * @param perLayer   ms, from the full-depth run
 * @param thrownAway measurements repeated because the machine was not quiet
 * @param quiet      whether every measurement that counts ran on a quiet machine
 */
record SkipLawFigure(int batch, int depth, Summary measured, Summary predicted, Summary ratio, Summary fixed, Summary perLayer, int thrownAway,
        boolean quiet) {
    private static final List<Table.Column> COLUMNS = List.of(Table.number("batch"), Table.number("layers"), Table.number("measured ms"),
            Table.number("predicted ms"), Table.number("ratio"), Table.number("least"), Table.number("greatest"), Table.number("fixed ms"),
            Table.number("layer ms"), Table.number("runs"), Table.number("thrown away"), Table.text(""));

    static Section section(List<SkipLawFigure> figures) {
        return Section.of("skip_law", "SkipDecode's step time: measured, and the fixed part and layers of the full-depth run", COLUMNS, figures,
                SkipLawFigure::row, SkipLawFigure::json);
    }

    private List<String> row() {
        return List.of(Integer.toString(batch), Integer.toString(depth), Table.digits(measured.median()), Table.digits(predicted.median()),
                Table.decimals(ratio.median(), 3), Table.decimals(ratio.min(), 3), Table.decimals(ratio.max(), 3), Table.digits(fixed.median()),
                Table.digits(perLayer.median()), Integer.toString(ratio.count()), Integer.toString(thrownAway), Table.disturbed(quiet));
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("batch", batch);
        json.put("layers", depth);
        json.put("measured_ms", measured.json());
        json.put("predicted_ms", predicted.json());
        json.put("ratio", ratio.json());
        json.put("fixed_ms", fixed.json());
        json.put("layer_ms", perLayer.json());
        json.put("runs", ratio.count());
        json.put("thrown_away", thrownAway);
        json.put("quiet", quiet);
        return json;
    }
}
