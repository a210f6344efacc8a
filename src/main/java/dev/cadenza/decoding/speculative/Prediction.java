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
 * Drafts the text that the client expects. It keeps a place in that text; where the answer departs from it, the place is found again by the answer's
 * last tokens: the longest match, and of equally long ones the nearest ahead.
 *
 * @see "OpenAI, Predicted Outputs"
 */
final class Prediction implements DraftSource {
    private static final int LONGEST_MATCH = 16;
    private static final double ODDS_ON_THE_TRACK = 0.97;
    /** By the number of tokens that matched, 0 first; longer ones as the last. None: the departure may have been of one token. */
    private static final double[] ODDS_WHERE_FOUND = {0.3, 0.5, 0.8, 0.9};

    private final int[] text;
    /** The answer's last tokens, the latest last. */
    private final int[] recent = new int[LONGEST_MATCH];
    private int said;
    /** Of the token expected next; the text's length: nothing is. */
    private int place;
    /** Tokens before the place that the answer agrees with. */
    private int matched = ODDS_WHERE_FOUND.length;
    /** Where the answer departed from the text. */
    private int departure;

    /** @param text ids; not copied, must not change */
    Prediction(int[] text) {
        this.text = text;
    }

    @Override
    public Draft draft(int most) {
        int[] tokens = Arrays.copyOfRange(text, place, Math.min(text.length, place + most));
        double[] odds = new double[tokens.length];
        Arrays.fill(odds, ODDS_ON_THE_TRACK);
        if (odds.length > 0 && matched < ODDS_WHERE_FOUND.length) {
            odds[0] = ODDS_WHERE_FOUND[matched];
        }
        return Draft.chain(tokens, odds);
    }

    @Override
    public void append(int token) {
        System.arraycopy(recent, 1, recent, 0, LONGEST_MATCH - 1);
        recent[LONGEST_MATCH - 1] = token;
        said++;
        if (place < text.length && text[place] == token) {
            place++;
            matched++;
        } else {
            if (matched >= ODDS_WHERE_FOUND.length) {
                departure = place;
            }
            find();
        }
    }

    private void find() {
        int best = Math.min(text.length, departure + 1);
        int longest = 0;
        for (int step = 0; step < text.length; step++) {
            // Ahead of the departure first, then from the beginning.
            int end = (departure + step) % text.length + 1;
            int length = matchBefore(end);
            if (length > longest && (length > 1 || step < LONGEST_MATCH)) {
                longest = length;
                best = end;
            }
        }
        place = best;
        matched = longest;
    }

    /** How many of the answer's last tokens stand before this place of the text. */
    private int matchBefore(int end) {
        int length = 0;
        int most = Math.min(Math.min(said, LONGEST_MATCH), end);
        while (length < most && text[end - 1 - length] == recent[LONGEST_MATCH - 1 - length]) {
            length++;
        }
        return length;
    }

    record Kind() implements DraftKind {
        private static final Parameter.Whole MAX_DRAFT = Speculative.maxDraft(32);

        @Override
        public String name() {
            return Speculative.PREDICTION;
        }

        @Override
        public String summary() {
            return "The request's prediction, from where the answer has followed it to";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            return List.of(MAX_DRAFT);
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            if (wish.prediction() == null) {
                throw new InvalidDecoding("prediction", "missing_required_parameter",
                        "`%s` = '%s' needs the request's `prediction`, the text that is expected"
                                .formatted(parameters.path(SpeculativeFamily.DRAFT), name()));
            }
            return new Speculative(name(), MAX_DRAFT.read(parameters), new Parameters(wish.prediction()));
        }
    }

    private record Parameters(int[] text) implements Speculative.Opening {
        @Override
        public DraftSource open(SequenceStart start) {
            return new Prediction(text);
        }
    }
}
