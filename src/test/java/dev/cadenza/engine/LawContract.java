package dev.cadenza.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every engine must do with laws: draws, log-probabilities, whole laws. */
public abstract class LawContract extends EngineFixture {

    @Test
    void drawsAreFunctionsOfTheirNames() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            List<Want> wants = new ArrayList<>();
            for (int seed = 0; seed < 40; seed++) {
                wants.add(new Want.Sample(0, new Law(2, 0, 1, 0, LogitEdits.NONE), new Draw(seed % 20, 0, 10, 0), -1));
            }
            wants.add(new Want.Sample(0, Law.GREEDY, new Draw(1, 0, 10, 0), 1));
            wants.add(new Want.Sample(0, Law.GREEDY, new Draw(2, 0, 10, 0), 1));

            List<Sampled> drawn = run(Segment.chain(region, Role.DECODE, new int[] {4}, wants));

            int[] tokens = drawn.stream().mapToInt(Sampled::token).toArray();
            assertThat(Arrays.copyOfRange(tokens, 0, 20)).isEqualTo(Arrays.copyOfRange(tokens, 20, 40));
            assertThat(IntStream.of(tokens).limit(20).distinct().count()).as("twenty seeds at temperature 2").isGreaterThan(1);
            assertThat(tokens[40]).isEqualTo(tokens[41]).isEqualTo(drawn.get(40).topTokens()[0]);
            assertThat(drawn.getFirst().logprob()).isNaN();
        }
    }

    @Test
    void biasForcesAndExcludesTokensButLeavesLogprobsRaw() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            Law forced = new Law(1, 0, 1, 0, edit(3, 1, 100));
            List<Sampled> free = run(Segment.chain(region, Role.DECODE, new int[] {4}, List.of(want(0, Law.GREEDY, 10))));
            region.keep();
            int favourite = free.getFirst().token();
            Law excluded = new Law(0, 0, 1, 0, edit(favourite, 1, -100));

            List<Sampled> edited = run(Segment.chain(region, Role.DECODE, new int[] {4},
                    List.of(want(0, forced, 10), want(0, excluded, 10), want(0, new Law(1.5f, 0, 1, 0, excluded.edits()), 10))));

            assertThat(edited.get(0).token()).isEqualTo(3);
            assertThat(edited.get(1).token()).isEqualTo(free.getFirst().topTokens()[1]);
            assertThat(edited.get(2).token()).isNotEqualTo(favourite);
            assertThat(edited).allSatisfy(sampled -> assertThat(sampled.topTokens()).isEqualTo(free.getFirst().topTokens()));
            assertThat(edited.get(1).logprob()).isCloseTo(free.getFirst().topLogprobs()[1], within(1e-5f));
        }
    }

    @Test
    void truncatedLawsDrawFromTheMostLikelyTokensOnly() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            List<Want> wants = new ArrayList<>();
            for (int seed = 0; seed < 30; seed++) {
                wants.add(new Want.Sample(0, new Law(2, 3, 1, 0, LogitEdits.NONE), new Draw(seed, 0, 10, 0), 3));
                wants.add(new Want.Sample(0, new Law(2, 0, 1e-6f, 0, LogitEdits.NONE), new Draw(seed, 0, 10, 0), 1));
                wants.add(new Want.Sample(0, new Law(2, 0, 1, 1, LogitEdits.NONE), new Draw(seed, 0, 10, 0), 1));
            }

            List<Sampled> drawn = run(Segment.chain(region, Role.DECODE, new int[] {4}, wants));

            assertThat(drawn).allSatisfy(sampled -> assertThat(sampled.topTokens()).contains(sampled.token()));
        }
    }

    @Test
    void uncertaintyIsThatOfTheLawDrawnFrom() throws Exception {
        LogitEdits edits = edit(3, 1, 2);
        List<Law> laws = List.of(Law.GREEDY, WARM, new Law(0.7f, 0, 1, 0, edits), new Law(1.3f, 4, 1, 0, edits), new Law(1, 0, 0.8f, 0, edits),
                new Law(2, 0, 0.99f, 0, LogitEdits.NONE), new Law(1, 0, 1, 0.1f, LogitEdits.NONE));
        try (Region region = prefilled(prompt(9, 1))) {
            List<Want> wants = new ArrayList<>();
            for (Law law : laws) {
                for (int seed = 0; seed < 5; seed++) {
                    wants.add(new Want.Sample(0, law, new Draw(seed, 0, 10, 0), seed % 2 == 0 ? -1 : 2, seed < 4));
                }
                wants.add(new Want.Probabilities(0, law));
            }

            SegmentResult result = forward(Segment.chain(region, Role.DECODE, new int[] {4}, wants));

            double rawEntropy = entropy(result.probabilities().get(1));
            for (int i = 0; i < result.samples().size(); i++) {
                Sampled sampled = result.samples().get(i);
                double[] p = result.probabilities().get(i / 5);
                if (i % 5 == 4) {
                    assertThat(sampled.uncertainty()).isNull();
                } else {
                    assertThat(sampled.uncertainty().logprob()).as("law %d", i / 5).isCloseTo(Math.log(p[sampled.token()]), within(2e-3));
                    assertThat(sampled.uncertainty().entropy()).as("law %d", i / 5).isCloseTo(entropy(p), within(2e-3));
                    assertThat(sampled.uncertainty().rawEntropy()).isCloseTo(rawEntropy, within(2e-3));
                }
            }
        }
    }

    private static double entropy(double[] p) {
        return -DoubleStream.of(p).filter(x -> x > 0).map(x -> x * Math.log(x)).sum();
    }

    @Test
    void logprobsAreSortedAndThoseOfALaw() throws Exception {
        int vocabulary = engine().shape().vocabulary();
        int top = Math.min(20, vocabulary);
        try (Region region = prefilled(prompt(9, 1))) {
            Sampled sampled = run(Segment.chain(region, Role.DECODE, new int[] {4},
                    List.of(new Want.Sample(0, Law.GREEDY, new Draw(0, 0, 10, 0), top)))).getFirst();

            assertThat(sampled.topTokens()).hasSize(top).doesNotHaveDuplicates();
            assertThat(sampled.topTokens()[0]).isEqualTo(sampled.token());
            assertThat(sampled.topLogprobs()[0]).isCloseTo(sampled.logprob(), within(1e-5f));
            double mass = 0;
            for (int i = 0; i < top; i++) {
                mass += Math.exp(sampled.topLogprobs()[i]);
                assertThat(i == 0 || sampled.topLogprobs()[i] <= sampled.topLogprobs()[i - 1]).as("order at %d", i).isTrue();
            }
            assertThat(mass).isLessThan(1 + 1e-3);
            if (top == vocabulary) {
                assertThat(mass).isCloseTo(1, within(1e-3));
            }
        }
    }

    @Test
    void wholeLawIsTheOneOfTheLogprobs() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            SegmentResult result = forward(Segment.chain(region, Role.DECODE, new int[] {4, 5},
                    List.of(want(0, WARM, 10), want(1, WARM, 11), new Want.Probabilities(1, WARM), new Want.Probabilities(0, WARM))));

            assertThat(result.probabilities()).hasSize(2);
            for (int row = 0; row < 2; row++) {
                double[] p = result.probabilities().get(1 - row);
                Sampled sampled = result.samples().get(row);
                assertThat(p).hasSize(engine().shape().vocabulary());
                assertThat(DoubleStream.of(p).sum()).isCloseTo(1, within(1e-9));
                for (int i = 0; i < sampled.topTokens().length; i++) {
                    assertThat(Math.log(p[sampled.topTokens()[i]])).isCloseTo(sampled.topLogprobs()[i], within((double) tolerance()));
                }
                assertThat(Math.log(p[sampled.token()])).isCloseTo(sampled.logprob(), within((double) tolerance()));
            }
        }
    }

    @Test
    void wholeLawsFollowEditsTemperatureAndCuts() throws Exception {
        try (Region region = prefilled(prompt(9, 1))) {
            Law banned = new Law(1, 0, 1, 0, edit(3, 1, -100));
            SegmentResult result = forward(Segment.chain(region, Role.DECODE, new int[] {4},
                    List.of(new Want.Probabilities(0, WARM), new Want.Probabilities(0, new Law(0.5f, 0, 1, 0, LogitEdits.NONE)),
                            new Want.Probabilities(0, banned), want(0, WARM, 10), new Want.Probabilities(0, new Law(1, 3, 1, 0, LogitEdits.NONE)),
                            new Want.Probabilities(0, Law.GREEDY), new Want.Probabilities(0, new Law(1, 0, 1e-6f, 0, LogitEdits.NONE)),
                            new Want.Probabilities(0, new Law(1, 0, 1, 1, LogitEdits.NONE)))));
            double[] plain = result.probabilities().get(0);
            int[] top = result.samples().getFirst().topTokens();

            double squares = DoubleStream.of(plain).map(p -> p * p).sum();
            assertLaw(result.probabilities().get(1), IntStream.range(0, plain.length).mapToDouble(id -> plain[id] * plain[id] / squares).toArray());
            assertLaw(result.probabilities().get(2),
                    IntStream.range(0, plain.length).mapToDouble(id -> id == 3 ? 0 : plain[id] / (1 - plain[3])).toArray());
            double[] three = new double[plain.length];
            for (int i = 0; i < 3; i++) {
                three[top[i]] = plain[top[i]] / (plain[top[0]] + plain[top[1]] + plain[top[2]]);
            }
            assertLaw(result.probabilities().get(3), three);
            for (double[] sure : result.probabilities().subList(4, 7)) {
                assertLaw(sure, IntStream.range(0, plain.length).mapToDouble(id -> id == top[0] ? 1 : 0).toArray());
            }
        }
    }

    @Test
    void wholeLawIsTheOneThatSamplesAreDrawnFrom() throws Exception {
        Law cut = new Law(1.5f, 4, 1, 0, edit(3, 1, 2));
        // A draw from a real vocabulary takes milliseconds.
        int draws = engine().shape().vocabulary() > 10_000 ? 500 : 2_000;
        try (Region region = prefilled(prompt(9, 1))) {
            List<Want> wants = new ArrayList<>(List.of(new Want.Probabilities(0, cut)));
            for (int seed = 0; seed < draws; seed++) {
                wants.add(new Want.Sample(0, cut, new Draw(seed, 0, 10, 0), -1));
            }

            SegmentResult result = forward(Segment.chain(region, Role.DECODE, new int[] {4}, wants));

            double[] p = result.probabilities().getFirst();
            int[] counts = new int[p.length];
            result.samples().forEach(sampled -> counts[sampled.token()]++);
            int[] kept = IntStream.range(0, p.length).filter(id -> p[id] > 0).toArray();
            assertThat(kept).hasSize(4);
            assertThat(IntStream.of(kept).map(id -> counts[id]).sum()).as("no token outside the law").isEqualTo(draws);
            assertThat(ChiSquare.deviate(IntStream.of(kept).map(id -> counts[id]).toArray(), IntStream.of(kept).mapToDouble(id -> p[id]).toArray()))
                    .as("odds 1e-6").isLessThan(4.75);
        }
    }

    /** Of logits that were computed once, so only the arithmetic of laws may differ. */
    private static void assertLaw(double[] actual, double[] expected) {
        assertThat(DoubleStream.of(actual).sum()).isCloseTo(1, within(1e-9));
        for (int id = 0; id < expected.length; id++) {
            assertThat(Math.abs(actual[id] - expected[id]) <= 1e-9).as("token %d: %s, expected %s", id, actual[id], expected[id]).isTrue();
        }
    }
}
