package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategyFamily;
import java.util.List;

/**
 * Speculation with drafts looked up in prompt and answer.
 *
 * @param maxDraft rows a step may verify beyond its own, 1 .. 64
 * @param minNgram shortest match, 1 .. 8
 * @param maxNgram longest match tried, minNgram .. 8
 */
public record Speculative(int maxDraft, int minNgram, int maxNgram) implements Strategy {
    public static final StrategyFamily FAMILY = new Family();
    static final String PROMPT_LOOKUP = "prompt_lookup";
    private static final List<String> UNSUPPORTED_DRAFTS = List.of("prediction", "token_recycling", "suffix", "early_exit", "model");
    private static final int LONGEST_NGRAM = 8;

    public Speculative {
        if (maxDraft < 1 || maxDraft > 64 || minNgram < 1 || maxNgram < minNgram || maxNgram > LONGEST_NGRAM) {
            throw new IllegalArgumentException("max_draft %d, min_ngram %d, max_ngram %d".formatted(maxDraft, minNgram, maxNgram));
        }
    }

    @Override
    public String name() {
        return FAMILY.name();
    }

    @Override
    public Guarantee guarantee() {
        return Guarantee.LOSSLESS;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new PromptLookupDecoder(this, start);
    }

    private record Family() implements StrategyFamily {
        @Override
        public String name() {
            return "speculative";
        }

        @Override
        public Strategy parse(JsonFields parameters) throws InvalidDecoding {
            parameters.choice("draft", PROMPT_LOOKUP, List.of(PROMPT_LOOKUP), UNSUPPORTED_DRAFTS);
            int maxDraft = parameters.integer("max_draft", 16, 1, 64);
            int maxNgram = parameters.integer("max_ngram", parameters.has("min_ngram") ? LONGEST_NGRAM : 4, 1, LONGEST_NGRAM);
            int minNgram = parameters.integer("min_ngram", Math.min(2, maxNgram), 1, maxNgram);
            return new Speculative(maxDraft, minNgram, maxNgram);
        }
    }
}
