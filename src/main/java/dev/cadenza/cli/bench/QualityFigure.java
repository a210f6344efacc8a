package dev.cadenza.cli.bench;

import dev.cadenza.cli.bench.Answers.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How good a setting's answers are.
 *
 * @param answers       compared
 * @param same          of them those that are {@code standard}'s to the last token
 * @param score         of the answers' tokens under the full model
 * @param leadingEqual  tokens of all answers before the first that {@code standard} says otherwise with the same seed
 * @param layers        run for a token in the mean; NaN: all
 */
record QualityFigure(Setting setting, int answers, int same, FullModelScore score, int leadingEqual, double layers) {
    private static final List<Table.Column> COLUMNS = List.of(Table.text("strategy"), Table.number("temperature"), Table.number("answers"),
            Table.number("tokens"), Table.number("perplexity"), Table.number("agreement"), Table.number("tokens until it differs"),
            Table.number("same answers"), Table.number("layers"));

    static Section section(List<QualityFigure> figures) {
        return Section.of("quality", "Quality: answers judged by the full model", COLUMNS, figures, QualityFigure::row, QualityFigure::json);
    }

    /**
     * @param own      1 or more
     * @param standard to the same questions, in the same order, with the same seeds
     * @param layers   of the model
     */
    static QualityFigure of(Setting setting, List<Answer> own, List<Answer> standard, FullModelScore score, int layers) {
        int same = 0;
        int leading = 0;
        long run = 0;
        long full = 0;
        for (int i = 0; i < own.size(); i++) {
            Answer answer = own.get(i);
            same += answer.ids().equals(standard.get(i).ids()) ? 1 : 0;
            leading += answer.leadingEqual(standard.get(i));
            run += Math.max(0, answer.report().layersRun());
            full += Math.max(0, answer.report().layersFull());
        }
        return new QualityFigure(setting, own.size(), same, score, leading, full == 0 ? Double.NaN : layers * (double) run / full);
    }

    private double untilItDiffers() {
        return leadingEqual / (double) answers;
    }

    private List<String> row() {
        return List.of(setting.candidate().name(), Table.decimals(setting.temperature(), 1), Integer.toString(answers), Integer.toString(score.tokens()),
                Table.decimals(score.perplexity(), 2), Table.percent(score.agreement()),
                "%s of %s".formatted(Table.decimals(untilItDiffers(), 1), Table.decimals(score.tokens() / (double) answers, 1)),
                Table.of(same, answers), Double.isNaN(layers) ? "all" : Table.decimals(layers, 1));
    }

    private Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("strategy", setting.candidate().name());
        json.put("decoding", setting.candidate().decoding());
        json.put("temperature", setting.temperature());
        json.put("answers", answers);
        json.put("tokens", score.tokens());
        json.put("perplexity", score.perplexity());
        json.put("agreement", score.agreement());
        json.put("agreeing", score.agreeing());
        json.put("tokens_until_it_differs", untilItDiffers());
        json.put("same_answers", same);
        if (!Double.isNaN(layers)) {
            json.put("layers", layers);
        }
        return json;
    }
}
