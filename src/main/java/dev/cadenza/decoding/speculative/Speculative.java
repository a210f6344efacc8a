package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyFamily;
import dev.cadenza.decoding.Wish;
import java.util.List;

/**
 * Speculation with drafts from a source that needs no step of its own.
 *
 * @param kind     of draft, the name on the wire
 * @param maxDraft rows that a step may verify beyond its own, 1 .. 64
 * @param opening  starts the source of one sequence
 */
public record Speculative(String kind, int maxDraft, Opening opening) implements Strategy {
    public static final StrategyFamily FAMILY = new Family();
    static final String NAME = "speculative";
    static final int MOST_ROWS = 64;
    /** Every kind of draft there is. A new one is added here and nowhere else. */
    private static final List<DraftKind> KINDS = List.of(new PromptLookup.Kind(), new Prediction.Kind(), new Suffix.Kind(), new TokenRecycling.Kind(), new EarlyExit.Kind(), new ModelDraft.Kind());
    private static final List<String> UNSUPPORTED_KINDS = List.of();

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

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Guarantee guarantee() {
        return Guarantee.LOSSLESS;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new SpeculativeDecoder(kind, start, maxDraft, opening.open(start));
    }

    private record Family() implements StrategyFamily {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            List<String> names = KINDS.stream().map(DraftKind::name).toList();
            String chosen = parameters.choice("draft", names.getFirst(), names, UNSUPPORTED_KINDS);
            DraftKind kind = KINDS.get(names.indexOf(chosen));
            return kind.parse(parameters, wish, model);
        }
    }
}
