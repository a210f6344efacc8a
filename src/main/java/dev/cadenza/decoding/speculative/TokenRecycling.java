package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.JsonFields;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Parameter;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Wish;
import dev.cadenza.engine.Sampled;
import java.util.List;

/**
 * Drafts a tree from what the model named as most likely behind each token when it last ran on it, rejected drafts included: their rows cost a
 * forward pass and are not thrown away.
 *
 * <p>The paper walks one fixed tree of 80 nodes and depth 6, found for a GPU on which a forward pass of 81 rows costs about what one row costs. Here
 * the tree is grown anew for every step, best node first, by the chances that were learned in this scope; the step's planner takes as many of its
 * first nodes as pay at the step costs measured on this machine and with this batch. So there is no template: a machine with cheap rows gets
 * large trees, one with dear rows gets short chains or nothing.
 *
 * @see "Luo et al., Turning Trash into Treasure: Accelerating Inference of Large Language Models with Token Recycling, arXiv 2408.08696"
 */
final class TokenRecycling implements DraftSource {
    private final SuccessorTable table;
    private final int maxDepth;
    private int lastToken;

    // The step in hand: its draft, the rows that were observed, and the draft node that the answer came by last, -1: the last token itself.
    private Draft draft = Draft.NONE;
    private int rows;
    private int reached = -1;

    /**
     * @param maxDepth tokens that a step may gain by drafts
     * @param prompt   warms the table up
     */
    TokenRecycling(SuccessorTable table, int maxDepth, int[] prompt) {
        this.table = table;
        this.maxDepth = maxDepth;
        this.lastToken = prompt[prompt.length - 1];
        table.warmUp(prompt);
    }

    @Override
    public Draft draft(int most) {
        if (draft.size() < most) {
            draft = SuccessorTree.grow(table, lastToken, most, maxDepth);
        }
        return draft.first(most);
    }

    @Override
    public int wantedTop() {
        return Successors.MOST;
    }

    @Override
    public void observe(int token, Sampled sampled) {
        // Row 0 is the last token's, row i + 1 draft node i's. Once the answer leaves the tree `reached` is -1 again, and no later row is that.
        int node = rows++ - 1;
        if (node == reached) {
            Successors known = table.of(token);
            if (known.known()) {
                table.odds().learn(known.basis(), node >= 0, known.rank(sampled.token()));
            }
            reached = draft.child(node, sampled.token());
        }
        table.saw(token, sampled);
    }

    @Override
    public void append(int token) {
        lastToken = token;
        draft = Draft.NONE;
        rows = 0;
        reached = -1;
    }

    record Kind() implements DraftKind {
        private static final String SHARED = "shared";
        private static final Parameter.Whole MAX_DRAFT = Speculative.maxDraft(24);
        private static final Parameter.Whole MAX_DEPTH = new Parameter.Whole("max_depth", 6, 1, 16, "Levels of the draft tree");
        private static final Parameter.Choice SCOPE = new Parameter.Choice("scope", SHARED, List.of(SHARED, "request"), List.of(),
                "Whose tokens fill the table of successors: those of the scope that the server gives the request, or the answer's own");

        @Override
        public String name() {
            return "token_recycling";
        }

        @Override
        public String summary() {
            return "A tree of the tokens that the model found most likely behind the same tokens before";
        }

        @Override
        public List<Parameter> parameters(ModelTraits model) {
            return List.of(MAX_DRAFT, MAX_DEPTH, SCOPE);
        }

        @Override
        public Strategy parse(JsonFields parameters, Wish wish, ModelTraits model) throws InvalidDecoding {
            return new Speculative(name(), MAX_DRAFT.read(parameters), new Parameters(MAX_DEPTH.read(parameters), SCOPE.read(parameters).equals(SHARED)));
        }
    }

    /** @param shared whether the table is the one of the request's scope in the server, or the answer's own */
    private record Parameters(int maxDepth, boolean shared) implements Speculative.Opening {
        @Override
        public DraftSource open(SequenceStart start) {
            int vocabulary = start.surroundings().shape().vocabulary();
            SuccessorTable table = shared ? start.surroundings().memory().get(SuccessorTable.class, () -> new SuccessorTable(vocabulary))
                    : new SuccessorTable(vocabulary);
            return new TokenRecycling(table, maxDepth, start.prompt());
        }
    }
}
