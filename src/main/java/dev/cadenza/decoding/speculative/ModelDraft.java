package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import java.util.List;

/**
 * A second, smaller model drafts.
 *
 * @param maxDraft  longest chain that it drafts, 1 .. 16
 * @param rejection whether recursive rejection verifies, which keeps the law but not the bytes; otherwise equality
 * @param siblings  candidates per position, 1 .. 4; more than one with rejection only
 */
record ModelDraft(int maxDraft, boolean rejection, int siblings) implements Strategy {
    static final String KIND = "model";
    private static final int LONGEST = 16;
    private static final int MOST_SIBLINGS = 4;

    ModelDraft {
        if (maxDraft < 1 || maxDraft > LONGEST || siblings < 1 || siblings > (rejection ? MOST_SIBLINGS : 1)) {
            throw new IllegalArgumentException("max_draft %d, %d siblings, rejection: %s".formatted(maxDraft, siblings, rejection));
        }
    }

    @Override
    public String name() {
        return Speculative.NAME;
    }

    @Override
    public Guarantee guarantee() {
        return rejection ? Guarantee.SAME_LAW : Guarantee.LOSSLESS;
    }

    @Override
    public Decoder start(SequenceStart start) {
        return new ModelDraftDecoder(start, maxDraft, siblings, rejection ? new RejectionRule(start) : new EqualityRule(start));
    }

    record Kind() implements DraftKind {
        @Override
        public String name() {
            return KIND;
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            if (!model.draftModel()) {
                throw new InvalidDecoding(parameters.path("draft"), "unsupported_value",
                        "`%s`: 'model' needs a second model; start the server with --draft-model or `cadenza.decoding.draft-model.id`"
                                .formatted(parameters.path("draft")));
            }
            int maxDraft = parameters.integer("max_draft", 4, 1, LONGEST);
            boolean rejection = parameters.choice("verify", "equality", List.of("equality", "rejection"), List.of()).equals("rejection");
            int siblings = parameters.integer("siblings", 1, 1, MOST_SIBLINGS);
            if (siblings > 1 && !rejection) {
                throw new InvalidDecoding(parameters.path("siblings"), "invalid_value",
                        "`%s` above 1 needs `%s` = 'rejection', got %d".formatted(parameters.path("siblings"), parameters.path("verify"), siblings));
            }
            return new ModelDraft(maxDraft, rejection, siblings);
        }
    }
}
