package dev.cadenza.decoding.speculative;

import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.RandomStream;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Sampled.Uncertainty;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The draft model's candidates are kept or rejected by comparing whole laws: the answer has the law of {@code standard}'s, but is another one, and
 * depends on when drafts were made. Candidates, verdicts and last draws each have a random stream of their own, apart from {@code standard}'s.
 *
 * @see RecursiveRejection
 */
final class RejectionRule implements DraftRule {
    // Trials of the draws that name these streams; those of paths that are sampled are not negative.
    private static final int CANDIDATES = -1;
    private static final int VERDICTS = -2;
    private static final int LAST = -3;
    private static final Law RAW = new Law(1, 0, 1, 0, LogitEdits.NONE);

    private final SequenceStart start;
    private final boolean told;
    /** The draft model's law at each level. */
    private final List<double[]> drafted = new ArrayList<>();

    RejectionRule(SequenceStart start) {
        this.start = start;
        this.told = start.topLogprobs() >= 0 || start.trace();
    }

    @Override
    public void begin() {
        drafted.clear();
    }

    @Override
    public Want wanted(int row, Law law, int position) {
        return new Want.Probabilities(row, law);
    }

    @Override
    public int[] candidates(SegmentResult result, int position, int most) {
        double[] law = result.probabilities().getFirst();
        drafted.add(law);
        return RecursiveRejection.candidates(law, most, uniforms(position, CANDIDATES));
    }

    @Override
    public List<Want> verifying(int row, Law law, int position) {
        return told ? List.of(new Want.Probabilities(row, law), new Want.Probabilities(row, RAW)) : List.of(new Want.Probabilities(row, law));
    }

    @Override
    public Verified verified(Draft draft, SegmentResult result, int position) {
        return Verified.walk(draft, node -> next(draft, node, draft.path(node).length, result.probabilities(), position));
    }

    private Verified.Next next(Draft draft, int node, int level, List<double[]> laws, int position) {
        int[] children = draft.children(node);
        int each = told ? 2 : 1;
        double[] law = laws.get((node + 1) * each);
        double[] left = law;
        if (children.length > 0) {
            RecursiveRejection rejection = new RecursiveRejection(law, drafted.get(level));
            int kept = rejection.verify(IntStream.of(children).map(child -> draft.tokens()[child]).toArray(), uniforms(position + level, VERDICTS));
            if (kept >= 0) {
                return new Verified.Next(children[kept], sampled(node + 1, draft.tokens()[children[kept]], laws));
            }
            left = rejection.left();
        }
        return new Verified.Next(-1, sampled(node + 1, RecursiveRejection.draw(left, uniforms(position + level, LAST).applyAsDouble(0)), laws));
    }

    private Sampled sampled(int row, int token, List<double[]> laws) {
        if (!told) {
            return new Sampled(row, token, Float.NaN, new int[0], new float[0]);
        }
        double[] law = laws.get(2 * row);
        double[] raw = laws.get(2 * row + 1);
        int[] top = mostLikely(raw, Math.max(0, start.topLogprobs()));
        float[] topLogprobs = new float[top.length];
        for (int i = 0; i < top.length; i++) {
            topLogprobs[i] = (float) Math.log(raw[top[i]]);
        }
        Uncertainty uncertainty = start.trace() ? new Uncertainty(Math.log(law[token]), entropy(law), entropy(raw), RejectionRule::undrawable) : null;
        return new Sampled(row, token, (float) Math.log(raw[token]), top, topLogprobs, uncertainty).withTop(start.topLogprobs());
    }

    private static Sampled undrawable(Draw other) {
        throw new UnsupportedOperationException("no draw but a verdict: " + other);
    }

    private static double entropy(double[] law) {
        return DoubleStream.of(law).filter(p -> p > 0).map(p -> -p * Math.log(p)).sum();
    }

    /** Best first, lowest id on ties. */
    private static int[] mostLikely(double[] law, int count) {
        int[] best = new int[Math.min(count, law.length)];
        int found = 0;
        for (int token = 0; token < law.length; token++) {
            if (found < best.length || found > 0 && law[token] > law[best[found - 1]]) {
                int place = found < best.length ? found++ : found - 1;
                while (place > 0 && law[token] > law[best[place - 1]]) {
                    best[place] = best[--place];
                }
                best[place] = token;
            }
        }
        return best;
    }

    private IntToDoubleFunction uniforms(int position, int stream) {
        long key = RandomStream.key(new Draw(start.seed(), start.choice(), position, stream));
        return k -> RandomStream.uniform(key, k);
    }
}
