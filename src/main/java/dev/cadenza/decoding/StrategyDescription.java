package dev.cadenza.decoding;

import dev.cadenza.decoding.Strategy.Guarantee;
import java.util.List;
import java.util.Map;

/**
 * What clients are told of a strategy.
 *
 * @param name       on the wire
 * @param summary    one line
 * @param guarantee  with its default parameters
 * @param parameters JSON Schema of the object {@code decoding.<name>}
 * @param excludes   what a request cannot combine it with (a field or another strategy), and why
 * @param drafts     the kinds of draft that it has, maybe none
 */
public record StrategyDescription(String name, String summary, Guarantee guarantee, Map<String, Object> parameters, Map<String, String> excludes,
        List<DraftDescription> drafts) {

    /**
     * A kind of draft.
     *
     * @param lacking what the server lacks for it; empty: it can be used
     * @param needs   fields that the request must have for it
     */
    public record DraftDescription(String name, String summary, Guarantee guarantee, String lacking, List<String> needs) {
    }
}
