package dev.cadenza.decoding.speculative;

import dev.cadenza.engine.Law;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import java.util.List;

/**
 * How a second model's drafts are drawn, and how the first model's rows verify them. One per sequence; it remembers what the drafts of the turn in
 * hand were drawn from. Device thread only.
 */
interface DraftRule {

    /** A turn begins, or begins again. */
    void begin();

    /** What the draft model has to tell. @param position of the tokens that are drafted */
    Want wanted(int row, Law law, int position);

    /**
     * The next position's candidates, from what was {@link #wanted}.
     *
     * @param most 1 or more
     * @return distinct tokens; the draft goes on behind the first
     */
    int[] candidates(SegmentResult result, int position, int most);

    /** What the first model has to tell of a row. @param position of the token behind it */
    List<Want> verifying(int row, Law law, int position);

    /**
     * @param draft    its nodes level by level, each level's candidates in their order
     * @param result   of {@link #verifying}, rows in order
     * @param position of the first level's tokens
     */
    Verified verified(Draft draft, SegmentResult result, int position);
}
