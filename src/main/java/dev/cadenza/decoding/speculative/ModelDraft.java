package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
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
        private static final String REJECTION = "rejection";
        private static final Parameter.Whole MAX_DRAFT = new Parameter.Whole("max_draft", 4, 1, LONGEST, "Tokens of the chain that the second model drafts");
        private static final Parameter.Choice VERIFY = new Parameter.Choice("verify", "equality", List.of("equality", REJECTION), List.of(),
                "equality: the very tokens of standard; rejection: tokens of the same law");
        private static final Parameter.Whole SIBLINGS = new Parameter.Whole("siblings", 1, 1, MOST_SIBLINGS,
                "Candidates per position, drawn without replacement; above 1 with rejection only");

        @Override
        public String name() {
            return KIND;
        }

        @Override
        public String summary() {
            return "A second, smaller model's tokens";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            return List.of(MAX_DRAFT, VERIFY, SIBLINGS);
        }

        @Override
        public String lacking(ModelTraits model) {
            return model.draftModel() ? "" : "it needs a second model; start the server with --draft-model or `cadenza.decoding.draft-model.id`";
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            int maxDraft = MAX_DRAFT.read(parameters);
            boolean rejection = VERIFY.read(parameters).equals(REJECTION);
            int siblings = SIBLINGS.read(parameters);
            if (siblings > 1 && !rejection) {
                throw new InvalidDecoding(parameters.path("siblings"), "invalid_value",
                        "`%s` above 1 needs `%s` = 'rejection', got %d".formatted(parameters.path("siblings"), parameters.path("verify"), siblings));
            }
            return new ModelDraft(maxDraft, rejection, siblings);
        }
    }
}
