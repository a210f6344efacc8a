package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;
import java.util.List;
import java.util.Map;

/**
 * Speculation with drafts from a source that needs no step of its own.
 *
 * @param kind     of draft, the name on the wire
 * @param maxDraft rows that a step may verify beyond its own, 1 .. 64
 * @param opening  starts the source of one sequence
 */
public record Speculative(String kind, int maxDraft, Opening opening) implements Strategy {
    /** Every kind of draft there is. A new one is added here and nowhere else. */
    static final List<DraftKind> KINDS = List.of(new PromptLookup.Kind(), new Prediction.Kind(), new Suffix.Kind(),
            new TokenRecycling.Kind(), new EarlyExit.Kind(), new ModelDraft.Kind());
    public static final StrategyFamily FAMILY = new SpeculativeFamily(KINDS);
    /** The kind that drafts the request's {@code prediction}. */
    public static final String PREDICTION = "prediction";
    static final String NAME = "speculative";
    static final int MOST_ROWS = 64;

    public Speculative {
        if (maxDraft < 1 || maxDraft > MOST_ROWS) {
            throw new IllegalArgumentException("max_draft %d".formatted(maxDraft));
        }
    }

    /** Starts the source of one sequence. Device thread only. */
    @FunctionalInterface
    interface Opening {
        DraftSource open(SequenceStart start);
    }

    /** What a request gets that has a prediction and names no strategy. */
    public static Strategy predicted(Wish wish, ModelTraits model) throws InvalidDecoding {
        return FAMILY.parse(JsonFields.of("decoding." + NAME, Map.of(SpeculativeFamily.DRAFT, PREDICTION)), wish, model);
    }

    /** The parameter of that name as all kinds of draft have it. */
    static Parameter.Whole maxDraft(int absent) {
        return new Parameter.Whole("max_draft", absent, 1, MOST_ROWS, "Rows that a step may verify for the sequence beyond its own");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Guarantee guarantee() {
        return Guarantee.LOSSLESS;
    }

    @Override
    public boolean usesPrediction() {
        return kind.equals(PREDICTION);
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new SpeculativeDecoder(kind, start, maxDraft, opening.open(start));
    }
}
