package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What the contract tests of engines share; they use contexts of at most 200 positions. Where the engine's rows are not bit-invariant, numbers are
 * compared with a tolerance and tokens not at all.
 */
public abstract class EngineFixture {
    protected static final Law WARM = new Law(1, 0, 1, 0, LogitEdits.NONE);
    private static final int TOP = 5;

    /** An engine without open regions, owned by this thread, with a KV budget of some thousand slots at least. The tests do not close it. */
    protected abstract Engine engine();

    /** Ids of a prompt. */
    protected int[] prompt(int length, long seed) {
        return new SplittableRandom(seed).ints(length, 1, Math.min(1000, engine().shape().vocabulary())).toArray();
    }

    /** Tolerance of log-probabilities and probabilities, and relative to a row's largest number of residual states, where bits are not promised. */
    protected float tolerance() {
        return 1e-3f;
    }

    /** Whether a tree's nodes equal their paths as chains bit for bit, which the contract does not ask for. */
    protected boolean exactTrees() {
        return false;
    }

    /** Random cases per property. */
    protected int rounds() {
        return 2;
    }

    protected final int layers() {
        return engine().shape().layers();
    }

    /** A region that holds this prompt and room for 40 positions more. */
    protected final Region prefilled(int[] prompt) throws Exception {
        Region region = engine().open(prompt.length + 40);
        run(Segment.chain(region, Role.PREFILL, prompt, List.of()));
        region.keep(all(prompt.length));
        return region;
    }

    protected final SegmentResult forward(Segment segment) throws StepFailed {
        SegmentResult result = engine().step(new StepPlan(List.of(segment))).segments().getFirst();
        assertThat(result.failure()).isNull();
        return result;
    }

    protected final List<Sampled> run(Segment segment) throws StepFailed {
        return forward(segment).samples();
    }

    protected static int[] all(int nodes) {
        return IntStream.range(0, nodes).toArray();
    }

    protected static int[] join(int[] first, int... second) {
        return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    }

    /** @param position of the drawn token */
    protected static Want.Sample want(int row, Law law, int position) {
        return new Want.Sample(row, law, new Draw(77, 0, position, 0), TOP);
    }

    protected static List<Want> everyRow(int rows, int first, Law law) {
        return IntStream.range(0, rows).<Want>mapToObj(row -> want(row, law, first + row)).toList();
    }

    /** From every row a sample, the whole law, and its states on their way into these layers. */
    protected static List<Want> everything(int rows, int... layers) {
        List<Want> wants = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            wants.add(want(row, WARM, row));
            wants.add(new Want.Probabilities(row, WARM));
            for (int layer : layers) {
                wants.add(new Want.Tap(row, layer));
            }
        }
        return wants;
    }

    protected static List<Want> keepHidden(int layer, int... rows) {
        return IntStream.of(rows).<Want>mapToObj(row -> new Want.KeepHidden(row, layer)).toList();
    }

    protected static LogitEdits edit(int token, float divisor, float addend) {
        return new LogitEdits(new int[] {token}, new float[] {divisor}, new float[] {addend});
    }

    /** Everything that was brought back, bit for bit where the engine promises it. */
    protected final void assertSame(SegmentResult actual, SegmentResult expected) {
        assertEqual(actual, expected, engine().shape().rowInvariant());
    }

    /** Between trees and chains. */
    protected final void assertAlike(SegmentResult actual, SegmentResult expected) {
        assertEqual(actual, expected, exactTrees());
    }

    /** Bit for bit where the engine promises it. */
    protected final void assertSame(List<Sampled> actual, List<Sampled> expected) {
        assertEqual(actual, expected, engine().shape().rowInvariant());
    }

    /** Between trees and chains: the most likely tokens' log-probabilities. */
    protected final void assertAlike(List<Sampled> actual, List<Sampled> expected) {
        assertEqual(actual, expected, exactTrees());
    }

    private void assertEqual(SegmentResult actual, SegmentResult expected, boolean exact) {
        assertEqual(actual.samples(), expected.samples(), exact);
        assertThat(actual.probabilities()).hasSameSizeAs(expected.probabilities());
        for (int i = 0; i < actual.probabilities().size(); i++) {
            assertNear(actual.probabilities().get(i), expected.probabilities().get(i), exact ? 0 : tolerance(), "probabilities " + i);
        }
        assertThat(actual.taps()).hasSameSizeAs(expected.taps());
        for (int i = 0; i < actual.taps().size(); i++) {
            double[] numbers = doubles(expected.taps().get(i));
            double largest = Arrays.stream(numbers).map(Math::abs).max().orElseThrow();
            assertNear(doubles(actual.taps().get(i)), numbers, exact ? 0 : tolerance() * largest, "tap " + i);
        }
    }

    private void assertEqual(List<Sampled> actual, List<Sampled> expected, boolean exact) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            if (exact) {
                assertThat(actual.get(i).token()).isEqualTo(expected.get(i).token());
                assertThat(actual.get(i).logprob()).isEqualTo(expected.get(i).logprob());
                assertThat(actual.get(i).topTokens()).isEqualTo(expected.get(i).topTokens());
                assertThat(actual.get(i).topLogprobs()).isEqualTo(expected.get(i).topLogprobs());
            } else {
                assertThat(actual.get(i).topLogprobs()).usingComparatorWithPrecision(tolerance()).containsExactly(expected.get(i).topLogprobs());
            }
        }
    }

    private static void assertNear(double[] actual, double[] expected, double tolerance, String what) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]) <= tolerance).as("%s at %d: %s, expected %s", what, i, actual[i], expected[i]).isTrue();
        }
    }

    private static double[] doubles(float[] numbers) {
        return IntStream.range(0, numbers.length).mapToDouble(i -> numbers[i]).toArray();
    }
}
