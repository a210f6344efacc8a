package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import java.util.Arrays;
import java.util.List;

/**
 * Drafts what followed the latest match of the last tokens in prompt and answer.
 *
 * @see "Saxena, Prompt Lookup Decoding, 2023"
 */
final class PromptLookup implements DraftSource {
    private static final int LONGEST_NGRAM = 8;
    private static final double ODDS_INSIDE_A_MATCH = 0.9;
    /** By the number of tokens that matched, 0 first; longer ones as the last. */
    private static final double[] ODDS_BEHIND_A_MATCH = {0, 0.3, 0.5, 0.65, 0.8};

    private final NgramIndex sequence;

    /** @param minNgram shortest match, 1 or more */
    PromptLookup(int minNgram, int maxNgram, int[] prompt) {
        sequence = new NgramIndex(minNgram, maxNgram, prompt);
    }

    @Override
    public Draft draft(int most) {
        NgramIndex.Match match = sequence.match();
        if (match.length() == 0) {
            return Draft.NONE;
        }
        double[] odds = new double[most];
        Arrays.fill(odds, ODDS_INSIDE_A_MATCH);
        odds[0] = ODDS_BEHIND_A_MATCH[Math.min(match.length(), ODDS_BEHIND_A_MATCH.length - 1)];
        return Draft.chain(sequence.following(match, most), odds);
    }

    @Override
    public void append(int token) {
        sequence.append(token);
    }

    record Kind() implements DraftKind {
        private static final Parameter.Whole MAX_DRAFT = Speculative.maxDraft(16);
        private static final Parameter.Whole MAX_NGRAM = new Parameter.Whole("max_ngram", 4, 1, LONGEST_NGRAM,
                "Tokens of the longest match that is looked for; %d when min_ngram is given".formatted(LONGEST_NGRAM));
        private static final Parameter.Whole MIN_NGRAM = new Parameter.Whole("min_ngram", 2, 1, LONGEST_NGRAM,
                "Tokens of the shortest match that counts, at most max_ngram");

        @Override
        public String name() {
            return "prompt_lookup";
        }

        @Override
        public String summary() {
            return "What followed the latest match of the last tokens in prompt and answer";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            return List.of(MAX_DRAFT, MIN_NGRAM, MAX_NGRAM);
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            int maxNgram = (parameters.has(MIN_NGRAM.name()) ? MAX_NGRAM.or(LONGEST_NGRAM) : MAX_NGRAM).read(parameters);
            int minNgram = MIN_NGRAM.atMost(maxNgram).read(parameters);
            return new Speculative(name(), MAX_DRAFT.read(parameters), new Parameters(minNgram, maxNgram));
        }
    }

    private record Parameters(int minNgram, int maxNgram) implements Speculative.Opening {
        @Override
        public DraftSource open(SequenceStart start) {
            return new PromptLookup(minNgram, maxNgram, start.prompt());
        }
    }
}
