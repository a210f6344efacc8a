package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EarlyExitDecoderTest {
    private static final Grant ALONE = new Grant(0, 100, 1, false);
    private static final Grant SHARED = new Grant(0, 100, 2, false);
    private static final SamplingParameters PENALISED = new SamplingParameters(1, 0, 1, 0, 0.5f, 0.25f, 1, Map.of());

    @Test
    void draftsOfTheFirstLayersAreVerifiedFromTheirHiddenStates() {
        Decoder decoder = started(EagerEarlyExit.exit(3, 2));

        Move.Tokens first = (Move.Tokens) decoder.next(ALONE);
        assertThat(first.pending()).isTrue();
        assertThat(first.draft()).isEmpty();
        assertThat(first.layers()).isEqualTo(LayerSet.range(0, 3));
        assertThat(first.wants().getFirst()).isEqualTo(new Want.Sample(0, sample(first, 0).law(), new Draw(9, 0, 3, 0), -1));
        assertThat(first.wants().getLast()).isEqualTo(new Want.KeepHidden(0, 3));
        assertThat(decoder.accept(result(5))).isSameAs(Turn.GOES_ON);

        Move.Tokens second = (Move.Tokens) decoder.next(ALONE);
        assertThat(second.pending()).isFalse();
        assertThat(second.draft()).containsExactly(5);
        assertThat(second.parents()).containsExactly(-1);
        assertThat(sample(second, 0).draw().position()).isEqualTo(4);
        assertThat(sample(second, 0).law().edits().tokens()).containsExactly(5);
        assertThat(decoder.accept(result(6))).isSameAs(Turn.GOES_ON);

        Move.Tokens third = (Move.Tokens) decoder.next(ALONE);
        assertThat(third.draft()).containsExactly(6);
        assertThat(third.parents()).containsExactly(0);
        assertThat(third.wants()).containsExactly(new Want.KeepHidden(0, 3));
        assertThat(decoder.accept(result())).isSameAs(Turn.GOES_ON);

        Move.Resume last = (Move.Resume) decoder.next(ALONE);
        assertThat(last.layers()).isEqualTo(LayerSet.range(3, 4));
        assertThat(last.wants()).extracting(Want::row).containsExactly(0, 1, 2);
        assertThat(sample(last, 2).law().edits().tokens()).containsExactly(5, 6);
        assertThat(sample(last, 2).topLogprobs()).isEqualTo(2);

        Turn turn = decoder.accept(result(5, 7, 8));
        assertThat(turn.drafted()).isEqualTo(2);
        assertThat(turn.kept()).containsExactly(0);
        assertThat(tokens(turn)).containsExactly(5, 7);
        assertThat(turn.tokens()).extracting(Gained::source).containsExactly(Source.DRAFT, Source.BONUS);
        assertThat(sample(decoder.next(ALONE), 0).draw().position()).isEqualTo(5);
        assertThat(decoder.report(0)).isEqualTo(new DecodingReport("speculative", "request", "early_exit", 3, 2, 2, 1, 9));
    }

    @Test
    void draftsOfASkipSetAreVerifiedByAWholePassThatTakesTheirPlace() {
        Decoder decoder = started(EagerEarlyExit.skip(2, 1));

        Move.Tokens first = (Move.Tokens) decoder.next(ALONE);
        assertThat(first.pending()).isTrue();
        assertThat(IntStream.range(0, 4).filter(first.layers()::contains)).containsExactly(0, 2, 3);
        assertThat(first.wants()).hasSize(1);
        decoder.accept(result(5));
        Move.Tokens second = (Move.Tokens) decoder.next(ALONE);
        assertThat(second.pending()).isFalse();
        assertThat(second.parents()).containsExactly(-1);
        decoder.accept(result(6));

        Move.Tokens last = (Move.Tokens) decoder.next(ALONE);
        assertThat(last.pending()).isTrue();
        assertThat(last.layers()).isEqualTo(LayerSet.ALL);
        assertThat(last.draft()).containsExactly(5, 6);
        assertThat(last.parents()).as("node 0 was dropped").containsExactly(-1, 1);

        Turn turn = decoder.accept(result(5, 6, 8));
        assertThat(turn.drafted()).isEqualTo(2);
        assertThat(turn.kept()).containsExactly(1, 2);
        assertThat(tokens(turn)).containsExactly(5, 6, 8);
        assertThat(decoder.report(1)).as("the bonus token lies behind the answer's end")
                .isEqualTo(new DecodingReport("speculative", "request", "early_exit", 2, 2, 2, 2, 9));
        assertThat(decoder.report(2).accepted()).isEqualTo(1);
    }

    @Test
    void noMoreIsDraftedThanThereIsRoomFor() {
        for (int room = 0; room <= 12; room++) {
            for (Strategy strategy : List.of(EagerEarlyExit.exit(1, 4), EagerEarlyExit.skip(4, 2))) {
                Decoder decoder = started(strategy);
                int nodes = 0;
                int most = 0;
                Turn turn = Turn.GOES_ON;
                while (!turn.over()) {
                    Move move = decoder.next(new Grant(0, room, 1, false));
                    if (move instanceof Move.Tokens tokens) {
                        nodes = (tokens.pending() ? 0 : nodes) + tokens.draft().length;
                        most = Math.max(most, nodes);
                    }
                    turn = decoder.accept(constant(move));
                }
                assertThat(most).as("nodes beyond the first with room for %d", room).isEqualTo(Math.min(4, room));
                assertThat(turn.drafted()).isEqualTo(Math.min(4, room));
                assertThat(turn.tokens()).hasSize(turn.drafted() + 1);
            }
        }
    }

    @Test
    void moveThatDidNotRunIsAskedForAgain() {
        for (Strategy strategy : List.of(EagerEarlyExit.exit(2, 3), EagerEarlyExit.skip(3, 1, 2))) {
            Decoder decoder = started(strategy);
            for (int move = 0; move < 12; move++) {
                Move asked = decoder.next(ALONE);
                Move again = decoder.next(ALONE);
                assertThat(again).usingRecursiveComparison().isEqualTo(asked);
                decoder.accept(constant(again));
            }
        }
    }

    @Test
    void interruptedTurnStartsAgainAtTheSameToken() {
        for (Strategy strategy : List.of(EagerEarlyExit.exit(2, 3), EagerEarlyExit.skip(3, 1, 2))) {
            for (int moves = 0; moves <= 3; moves++) {
                Decoder decoder = started(strategy);
                Move first = decoder.next(ALONE);
                for (int move = 0; move < moves; move++) {
                    decoder.accept(constant(decoder.next(ALONE)));
                }

                decoder.interrupted();

                assertThat(decoder.next(ALONE)).as("%s after %d moves", strategy, moves).usingRecursiveComparison().isEqualTo(first);
                assertThat(decoder.next(Grant.PLAIN)).usingRecursiveComparison()
                        .isEqualTo(Move.plain(new Want.Sample(0, sample(first, 0).law(), sample(first, 0).draw(), 2)));
                assertThat(tokens(decoder.accept(result(4)))).containsExactly(4);
            }
        }
    }

    @Test
    void nothingIsDraftedInAStepThatOthersShare() {
        Decoder decoder = started(requested(Map.of("exit_layer", 1)));

        for (int token = 0; token < 200; token++) {
            assertThat(plain(decoder.next(SHARED))).isTrue();
            decoder.accept(result(3));
        }
        assertThat(plain(decoder.next(ALONE))).as("alone, it is tried").isFalse();
    }

    @Test
    void turnIsVerifiedAtOnceWhenOthersJoin() {
        for (int moves = 1; moves <= 4; moves++) {
            Decoder exit = wonOver(Map.of("exit_layer", 1));
            Decoder skip = wonOver(Map.of("skip_layers", List.of(1, 2)));
            for (int move = 0; move < moves; move++) {
                exit.accept(constant(exit.next(ALONE)));
                skip.accept(constant(skip.next(ALONE)));
            }

            assertThat(exit.next(SHARED)).isInstanceOf(Move.Resume.class);
            assertThat(exit.next(SHARED).wants()).hasSize(moves);
            assertThat(exit.accept(constant(exit.next(SHARED))).drafted()).isEqualTo(moves - 1);
            assertThat(((Move.Tokens) skip.next(SHARED)).draft()).hasSize(moves);
            assertThat(skip.accept(constant(skip.next(SHARED))).tokens()).hasSize(moves + 1);
        }
    }

    @Test
    void onHopelessTextAtMostOneRowInTwentyIsADraftAndTriesGoOn() {
        for (int exit = 1; exit <= 3; exit++) {
            Decoder decoder = started(requested(Map.of("exit_layer", exit)));
            Random random = new Random(exit);
            decode(decoder, 64, _ -> false, random);
            DecodingReport early = decoder.report(0);
            decode(decoder, 400, _ -> false, random);
            DecodingReport late = decoder.report(0);

            for (DecodingReport report : List.of(early, late)) {
                double share = report.drafted() / (double) (report.drafted() + report.tokens());
                assertThat(share).as("exit %d, %s", exit, report).isLessThanOrEqualTo(0.05);
            }
            assertThat(early.drafted()).isBetween(1, 2);
            assertThat(late.drafted()).isBetween(6, 9);
            assertThat(late.accepted()).isZero();
        }
    }

    @Test
    void whereHalfTheDraftsAreRightAndCostMoreTheyStayRareAsWell() {
        int drafted = 0;
        int accepted = 0;
        int tokens = 0;
        for (int seed = 0; seed < 100; seed++) {
            Decoder decoder = started(requested(Map.of("exit_layer", 3)));
            Random random = new Random(seed);
            decode(decoder, 72, _ -> random.nextBoolean(), random);
            drafted += decoder.report(0).drafted();
            accepted += decoder.report(0).accepted();
            tokens += decoder.report(0).tokens();
        }

        assertThat(drafted / (double) (drafted + tokens)).isLessThanOrEqualTo(0.05);
        assertThat(accepted).isGreaterThan(60);
    }

    @Test
    void draftsGrowWhereTheyPayAndStopWhereTheyCeaseTo() {
        Decoder decoder = started(requested(Map.of("exit_layer", 1, "max_draft", 8)));
        Random random = new Random(1);

        decode(decoder, 200, _ -> true, random);
        DecodingReport good = decoder.report(0);
        decode(decoder, 200, _ -> false, random);
        DecodingReport bad = decoder.report(0);

        assertThat(good.accepted()).isEqualTo(good.drafted()).isGreaterThan(200 * 8 / 10);
        assertThat(bad.drafted() - good.drafted()).isLessThan(40);
    }

    @Test
    void rightDraftsThatCostMoreThanTheyGainAreNotMadeForLong() {
        // A draft is a whole step: two tokens take a little more than two.
        Decoder decoder = started(requested(Map.of("skip_layers", List.of())));

        decode(decoder, 1000, _ -> true, new Random(1));

        DecodingReport report = decoder.report(0);
        assertThat(report.accepted()).isEqualTo(report.drafted()).isPositive();
        assertThat(report.drafted() / (double) report.tokens()).isLessThan(1.0 / 35);
    }

    /** A decoder whose drafts have come true so often that it drafts four. */
    private static Decoder wonOver(Map<String, Object> parameters) {
        Decoder decoder = started(requested(parameters));
        decode(decoder, 100, _ -> true, new Random(1));
        return decoder;
    }

    private interface Agreement {
        /** Whether the shortened pass is right about a position. */
        boolean at(int position);
    }

    private static void decode(Decoder decoder, int tokens, Agreement agreement, Random random) {
        int[] truth = random.ints(5000, 0, 8).toArray();
        int gained = 0;
        while (gained < tokens) {
            Move move = decoder.next(ALONE);
            boolean whole = move instanceof Move.Resume || move instanceof Move.Tokens all && all.layers().equals(LayerSet.ALL);
            List<Integer> drawn = new ArrayList<>();
            for (Want want : move.wants()) {
                if (want instanceof Want.Sample sample) {
                    int position = sample.draw().position();
                    drawn.add(whole || agreement.at(position) ? truth[position] : truth[position] + 1);
                }
            }
            gained += decoder.accept(result(drawn.stream().mapToInt(i -> i).toArray())).tokens().size();
        }
    }

    private static Decoder started(Strategy strategy) {
        return strategy.start(Decodings.start(new int[] {1, 2, 1}, PENALISED, 9, 0, 2));
    }

    private static Strategy requested(Map<String, Object> parameters) {
        Map<String, Object> all = new HashMap<>(parameters);
        all.put("draft", "early_exit");
        return Decodings.speculative(all);
    }

    private static boolean plain(Move move) {
        return move instanceof Move.Tokens tokens && tokens.layers().equals(LayerSet.ALL) && tokens.draft().length == 0;
    }

    private static Want.Sample sample(Move move, int index) {
        return (Want.Sample) move.wants().get(index);
    }

    /** Token 3 wherever one is drawn. */
    private static SegmentResult constant(Move move) {
        return result(move.wants().stream().filter(Want.Sample.class::isInstance).mapToInt(_ -> 3).toArray());
    }

    private static SegmentResult result(int... tokens) {
        List<Sampled> samples = IntStream.range(0, tokens.length).mapToObj(row -> new Sampled(row, tokens[row], Float.NaN, new int[0], new float[0]))
                .toList();
        return new SegmentResult(samples, List.of(), List.of(), null, null);
    }

    private static List<Integer> tokens(Turn turn) {
        return turn.tokens().stream().map(gained -> gained.sampled().token()).toList();
    }
}
