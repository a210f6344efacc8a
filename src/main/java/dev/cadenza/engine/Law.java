package dev.cadenza.engine;

/**
 * How raw logits become the law that a token is drawn from. Order: edits (repetition, frequency and presence penalties, bias), temperature,
 * top_k, top_p, min_p.
 *
 * @param temperature 0: the most likely token after the edits, lowest id on ties; otherwise in (0, 2]
 * @param topK        keep this many of the most likely tokens; 0: all
 * @param topP        keep the smallest set of most likely tokens whose mass reaches it, in (0, 1]; 1: all
 * @param minP        keep tokens at least this likely relative to the most likely one, in [0, 1]; 0: all
 * @param edits       changes of single logits
 */
public record Law(float temperature, int topK, float topP, float minP, LogitEdits edits) {
    public static final Law GREEDY = new Law(0, 0, 1, 0, LogitEdits.NONE);

    /** The same with other edits. */
    public Law with(LogitEdits others) {
        return new Law(temperature, topK, topP, minP, others);
    }

    public boolean greedy() {
        return temperature == 0;
    }
}
