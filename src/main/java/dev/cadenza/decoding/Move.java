package dev.cadenza.decoding;

import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Want;
import java.util.List;

/**
 * What a sequence wants computed next. A turn's draft nodes are numbered from 0 in the order in which its moves added them; -1 is the last pending
 * token (of those known but not computed; one in plain decoding). A later move of the turn that runs the pending tokens again drops all nodes
 * before it; their numbers are not given again.
 */
public sealed interface Move {
    int[] NO_DRAFT = {};

    List<Want> wants();

    /** Just the pending tokens. @param wants rows counted from the last of them */
    static Tokens plain(Want... wants) {
        return new Tokens(true, NO_DRAFT, NO_DRAFT, LayerSet.ALL, List.of(wants));
    }

    /** The pending tokens and drafts behind them, all through every layer. @param wants row 0: the last pending token, row i + 1: draft token i */
    static Tokens tree(int[] draft, int[] parents, List<Want> wants) {
        return new Tokens(true, draft, parents, LayerSet.ALL, wants);
    }

    /**
     * New nodes.
     *
     * @param pending whether the pending tokens come first, as new nodes at the settled prefix; a turn's first move must have them
     * @param draft   ids of draft nodes
     * @param parents per draft node its parent's number; -1: the last pending token
     * @param layers  those that the rows run; every layer when more than one token is pending
     * @param wants   rows counted from the last pending token if that is among them, else from the first draft node
     */
    record Tokens(boolean pending, int[] draft, int[] parents, LayerSet layers, List<Want> wants) implements Move {
        public Tokens {
            wants = List.copyOf(wants);
            if (draft.length != parents.length || !pending && draft.length == 0) {
                throw new IllegalArgumentException("%d draft tokens with %d parents".formatted(draft.length, parents.length));
            }
        }
    }

    /**
     * All nodes whose hidden states the turn's moves kept go on from them, in that order.
     *
     * @param wants rows in the same order
     */
    record Resume(LayerSet layers, List<Want> wants) implements Move {
        public Resume {
            wants = List.copyOf(wants);
        }
    }

    /**
     * A chain on the draft model, which has a region of its own for the sequence; asked only when the grant allows it. It runs before the step that
     * the other sequences share, and the turn goes on in the same round; so a turn may ask for twice {@link Surroundings.DraftModel#longestMove}
     * tokens at most.
     *
     * @param keep   positions of the sequence that the draft model has computed and goes on from; what it had behind them is dropped
     * @param tokens the next ones, 1 .. {@link Surroundings.DraftModel#longestMove}
     * @param wants  rows in their order
     */
    record OnDraftModel(int keep, int[] tokens, List<Want> wants) implements Move {
        public OnDraftModel {
            wants = List.copyOf(wants);
        }
    }
}
