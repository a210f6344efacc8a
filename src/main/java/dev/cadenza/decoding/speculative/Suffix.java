package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import dev.cadenza.decoding.speculative.SuffixSearch.Guess;
import dev.cadenza.engine.Sampled;
import java.util.List;

/**
 * Drafts what most often followed the last tokens, in prompt and answer or in the answers of the sequence's scope, whichever promises more; the
 * longer the match the longer the draft. The scope's answers that run at the same time count too. Guesses are judged by the tokens drawn, drafted
 * or not; those that seldom come true are withheld, for wrong rows use up the credit that right ones will need.
 *
 * @see "SuffixDecoding, arXiv 2411.04975"
 */
final class Suffix implements DraftSource {
    private static final double LEAST_ODDS = 0.3;
    /** As long as there are few rows, they go where they will earn more. */
    private static final double LEAST_ODDS_OF_FEW_ROWS = 0.5;
    private static final int FEW_ROWS = 8;
    /** Tokens of a prompt that its own tree takes in a turn: all at once would have everyone who shares the step wait for a long one. */
    private static final int TAKEN_AT_ONCE = 256;

    private final int[] prompt;
    private final int maxDraft;
    private final SuffixSearch search;
    private final SuffixTree own;
    private final SuffixText all;
    private final SuffixHistory history;
    private final SuffixText answer;
    private final MatchRecord record = new MatchRecord();
    /** Behind the tokens so far; {@code null}: not made yet. */
    private Guess guess;
    private boolean judged;

    /**
     * @param maxDraft tokens
     * @param maxDepth of the sequence's own tree
     * @param prompt   not changed from now on
     */
    Suffix(SuffixSearch search, int maxDraft, int maxDepth, int[] prompt, SuffixHistory history) {
        this.prompt = prompt;
        this.maxDraft = maxDraft;
        this.search = search;
        this.own = new SuffixTree(maxDepth);
        this.all = own.open();
        this.history = history;
        this.answer = history.tree().open();
    }

    @Override
    public Draft draft(int most) {
        Guess known = guess();
        if (known.match() == 0) {
            return Draft.NONE;
        }
        double[] odds = known.draft().odds().clone();
        odds[0] = Math.min(1, odds[0] * record.trust(known.match()));
        double least = most < Math.min(FEW_ROWS, maxDraft) ? LEAST_ODDS_OF_FEW_ROWS : LEAST_ODDS;
        return odds[0] < least ? Draft.NONE : Draft.chain(known.draft().tokens(), odds).first(most);
    }

    /** The first row after an append is that of the last token. */
    @Override
    public void observe(int token, Sampled sampled) {
        if (judged) {
            return;
        }
        judged = true;
        Guess known = guess();
        if (known.match() > 0) {
            record.note(known.match(), known.draft().odds()[0], known.draft().tokens()[0] == sampled.token());
        }
    }

    @Override
    public void append(int token) {
        history.append(answer, token);
        guess = null;
        judged = false;
    }

    @Override
    public void close() {
        history.tree().complete(answer);
    }

    private Guess guess() {
        if (guess == null) {
            takeIn();
            Guess elsewhere = search.best(history.tree(), answer, maxDraft, record::trust);
            if (all.size() < prompt.length + answer.size()) {
                guess = elsewhere;
            } else {
                Guess here = search.best(own, all, maxDraft, record::trust);
                guess = elsewhere.score() > here.score() ? elsewhere : here;
            }
        }
        return guess;
    }

    private void takeIn() {
        int end = Math.min(all.size() + TAKEN_AT_ONCE, prompt.length + answer.size());
        for (int at = all.size(); at < end; at++) {
            own.append(all, at < prompt.length ? prompt[at] : answer.token(at - prompt.length));
        }
    }

    record Kind() implements DraftKind {
        private static final Parameter.Whole MAX_DRAFT = Speculative.maxDraft(16);
        private static final Parameter.Whole MAX_DEPTH = new Parameter.Whole("max_depth", 64, 2, 256,
                "Tokens of the longest match, its continuation included");
        private static final Parameter.Decimal MIN_PROBABILITY = new Parameter.Decimal("min_probability", 0.1, 0, 1,
                "Chance, by how often it happened, below which a continuation is not drafted");
        private static final Parameter.Decimal FACTOR = new Parameter.Decimal("factor", 1, 0.1, 16, "Draft tokens per token that matched, at most");

        @Override
        public String name() {
            return "suffix";
        }

        @Override
        public String summary() {
            return "What followed the last tokens most often, in prompt and answer and in earlier answers of the same scope";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            return List.of(MAX_DRAFT, MAX_DEPTH, MIN_PROBABILITY, FACTOR);
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            int maxDraft = MAX_DRAFT.read(parameters);
            int maxDepth = MAX_DEPTH.read(parameters);
            var search = new SuffixSearch(maxDepth - 1, MIN_PROBABILITY.read(parameters), FACTOR.read(parameters));
            return new Speculative(name(), maxDraft, new Parameters(maxDraft, maxDepth, search));
        }
    }

    private record Parameters(int maxDraft, int maxDepth, SuffixSearch search) implements Speculative.Opening {
        @Override
        public DraftSource open(SequenceStart start) {
            return new Suffix(search, maxDraft, maxDepth, start.prompt(), start.surroundings().memory().get(SuffixHistory.class, SuffixHistory::new));
        }
    }
}
