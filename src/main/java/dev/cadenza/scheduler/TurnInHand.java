package dev.cadenza.scheduler;

import dev.cadenza.decoding.Move;
import dev.cadenza.engine.HiddenStates;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The open nodes of a decoder's turn, and the hidden states that its moves kept. Device thread only. */
final class TurnInHand {
    private final List<HiddenStates> states = new ArrayList<>();
    /** Per draft node of the turn its index among the region's open nodes. */
    private int[] drafts = new int[16];
    private int draftCount;
    private boolean begun;

    /** Whether a move of it ran. */
    boolean begun() {
        return begun;
    }

    /** @param pending tokens that are known but not settled, the same in all moves of a turn */
    Segment segment(Region region, Move next, int[] pending, Role role) {
        return switch (next) {
            case Move.Tokens tokens -> segment(region, tokens, pending, role);
            case Move.Resume(LayerSet layers, List<Want> wants) -> Segment.resume(states, layers, wants);
            case Move.OnDraftModel _ -> throw new IllegalStateException("a move of the draft model where none was granted");
        };
    }

    private Segment segment(Region region, Move.Tokens next, int[] pending, Role role) {
        if (next.pending() && region.open() > 0) {
            // Nothing of them can be kept any more, and a chain right behind the prefix has the bits of plain decoding.
            region.keep();
            closeStates();
        }
        int open = region.open();
        int known = next.pending() ? pending.length : 0;
        int[] draft = next.draft();
        int[] tokens = Arrays.copyOf(next.pending() ? pending : new int[0], known + draft.length);
        int[] parents = new int[tokens.length];
        for (int i = 0; i < known; i++) {
            parents[i] = i == 0 ? -1 : open + i - 1;
        }
        reserve(draftCount + draft.length);
        for (int i = 0; i < draft.length; i++) {
            tokens[known + i] = draft[i];
            drafts[draftCount + i] = open + known + i;
            int parent = next.parents()[i];
            parents[known + i] = parent < 0 ? pending.length - 1 : drafts[parent];
        }
        int shift = Math.max(0, known - 1);
        List<Want> wants = shift == 0 ? next.wants() : next.wants().stream().map(want -> want.shifted(shift)).toList();
        return new Segment(region, role, new Input.Tokens(tokens, parents), next.layers(), wants);
    }

    /** The move ran. */
    void take(Move move, SegmentResult result) {
        begun = true;
        if (move instanceof Move.Tokens tokens) {
            draftCount += tokens.draft().length;
        }
        if (result.hidden() != null) {
            states.add(result.hidden());
        }
    }

    /** Open nodes from the settled prefix through its {@code pending} ones to the last of these draft nodes. */
    int[] path(int pending, int[] kept) {
        int[] path = new int[pending + kept.length];
        for (int i = 0; i < path.length; i++) {
            path[i] = i < pending ? i : drafts[kept[i - pending]];
        }
        return path;
    }

    void end() {
        closeStates();
        draftCount = 0;
        begun = false;
    }

    private void closeStates() {
        states.forEach(HiddenStates::close);
        states.clear();
    }

    private void reserve(int count) {
        if (count > drafts.length) {
            drafts = Arrays.copyOf(drafts, 2 * count);
        }
    }
}
