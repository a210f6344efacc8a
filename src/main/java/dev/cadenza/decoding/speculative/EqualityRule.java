package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import java.util.List;

/**
 * Both models draw with the same random numbers, those of {@code standard}: so they agree as often as their laws allow, and the answer is
 * {@code standard}'s.
 *
 * @see "Speculative sampling with a shared random stream; base rule Leviathan et al., arXiv 2211.17192"
 */
record EqualityRule(SequenceStart start) implements DraftRule {

    @Override
    public void begin() {
        // It remembers nothing.
    }

    @Override
    public Want wanted(int row, Law law, int position) {
        return new Want.Sample(row, law, start.draw(index(position), 0), -1);
    }

    @Override
    public int[] candidates(SegmentResult result, int position, int most) {
        return new int[] {result.samples().getFirst().token()};
    }

    @Override
    public List<Want> verifying(int row, Law law, int position) {
        return List.of(start.sample(row, law, index(position)));
    }

    @Override
    public Verified verified(Draft draft, SegmentResult result, int position) {
        return Verified.byEquality(draft, result.samples());
    }

    private int index(int position) {
        return position - start.prompt().length;
    }
}
