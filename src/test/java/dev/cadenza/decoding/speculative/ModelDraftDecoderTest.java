package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.decoding.AnswerEnd;
import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.SharedMemory;
import dev.cadenza.decoding.StepCosts;
import dev.cadenza.decoding.Surroundings;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.SamplingParameters;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ModelDraftDecoderTest {
    private static final int SEED = 9;
    private static final int[] PROMPT = {1, 2, 3};

    @Test
    void wholeDraftAcceptedLeavesItsLastTokenToBeComputedWithTheNextOne() {
        Decoder decoder = decoder(Map.of(), 0.1);
        plain(decoder, 4);

        assertThat(ask(decoder, 2)).isEqualTo(List.of(0, List.of(1, 2, 3, 4), 4));
        decoder.accept(result(sampled(5)));
        assertThat(ask(decoder, 2)).isEqualTo(List.of(4, List.of(5), 5));
        decoder.accept(result(sampled(6)));
        Move.Tokens move = (Move.Tokens) decoder.next(Grant.rows(2));
        assertThat(move.draft()).containsExactly(5, 6);
        Turn turn = decoder.accept(result(sampled(5), sampled(6), sampled(7)));

        assertThat(turn.kept()).containsExactly(0, 1);
        assertThat(turn.tokens()).extracting(Turn.Gained::source).containsExactly(Source.DRAFT, Source.DRAFT, Source.BONUS);
        assertThat(ask(decoder, 1)).as("6 was never computed on the draft model").isEqualTo(List.of(5, List.of(6, 7), 7));
    }

    @Test
    void rejectedDraftIsTakenBackOnTheDraftModel() {
        Decoder decoder = decoder(Map.of(), 0.1);
        plain(decoder, 4);
        for (int token = 5; token < 8; token++) {
            decoder.next(drafting(3));
            decoder.accept(result(sampled(token)));
        }
        decoder.next(Grant.rows(3));
        Turn turn = decoder.accept(result(sampled(5), sampled(9), sampled(7), sampled(8)));

        assertThat(turn.drafted()).isEqualTo(3);
        assertThat(turn.kept()).containsExactly(0);
        assertThat(ask(decoder, 1)).isEqualTo(List.of(5, List.of(9), 6));
        assertThat(decoder.report(0)).isEqualTo(new DecodingReport("speculative", "request", "model", 1, 3, 3, 1, SEED));
    }

    @Test
    void everyDraftIsTheDrawOfItsPositionUnderTheLawThatLeadsToIt() {
        SamplingParameters penalised = new SamplingParameters(1, 0, 1, 0, 0.5f, 0.25f, 1, Map.of());
        Decoder decoder = new ModelDraft(4, false, 1).start(start(penalised, 0.1));
        plain(decoder, 4);
        decoder.next(drafting(2));
        decoder.accept(result(sampled(5)));

        Want.Sample want = (Want.Sample) decoder.next(drafting(2)).wants().getFirst();

        assertThat(want.draw()).isEqualTo(new Draw(SEED, 0, 5, 0));
        assertThat(want.law().edits().tokens()).containsExactly(4, 5);
        decoder.accept(result(sampled(6)));
        List<Want> verifying = decoder.next(Grant.rows(2)).wants();
        assertThat(((Want.Sample) verifying.get(1)).draw()).isEqualTo(want.draw());
        assertThat(((Want.Sample) verifying.get(1)).law().edits().tokens()).isEqualTo(want.law().edits().tokens());
    }

    @Test
    void lostDraftModelBeginsTheTurnAndItsComputationAgain() {
        Decoder decoder = decoder(Map.of(), 0.1);
        plain(decoder, 4);
        decoder.next(drafting(2));
        decoder.accept(result(sampled(5)));

        decoder.interrupted();

        assertThat(((Move.Tokens) decoder.next(Grant.rows(2))).draft()).isEmpty();
        assertThat(ask(decoder, 2)).isEqualTo(List.of(0, List.of(1, 2, 3, 4), 4));
    }

    @Test
    void siblingsHangOnTheFirstOfTheLevelBefore() {
        Decoder decoder = decoder(Map.of("verify", "rejection", "siblings", 2), 0.1);
        plain(decoder, 4);
        double[] q = {0, 0.5, 0, 0.5, 0, 0, 0, 0, 0, 0};
        decoder.next(drafting(3));
        decoder.accept(laws(q));
        decoder.next(drafting(3));
        decoder.accept(laws(q));

        Move.Tokens move = (Move.Tokens) decoder.next(drafting(3));

        assertThat(move.parents()).containsExactly(-1, -1, 0);
        assertThat(IntStream.of(move.draft()).limit(2)).containsExactlyInAnyOrder(1, 3);
        double[] only3 = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
        Turn turn = decoder.accept(laws(only3, only3, only3, only3));
        int three = move.draft()[0] == 3 ? 0 : 1;
        assertThat(turn.kept()[0]).isEqualTo(three);
        assertThat(turn.tokens()).allMatch(gained -> gained.sampled().token() == 3);
        // The second sibling was never computed on the draft model.
        assertThat(ask(decoder, 1).get(0)).isEqualTo(three == 0 ? 5 : 4);
    }

    @Test
    void prospectsFallAndEndWhereADraftStepCostsMoreThanItGains() {
        assertThat(decoder(Map.of(), 1).prospects(8)).as("as dear as the model itself").isEmpty();
        assertThat(decoder(Map.of(), 0.8).prospects(8)).as("0.7 tokens for 0.8 of a step").isEmpty();
        SequenceStart alone = Decodings.start(PROMPT, SamplingParameters.GREEDY, SEED, 0, -1);
        assertThat(Decodings.speculative(Map.of("draft", "model")).start(alone).prospects(8)).as("no draft model").isEmpty();
        for (int seed = 0; seed < 1_000; seed++) {
            Random random = new Random(seed);
            double odds = random.nextDouble();
            double[] chances = IntStream.rangeClosed(1, 12).mapToDouble(level -> Math.pow(odds, level)).toArray();
            double cost = random.nextDouble();
            double[] gains = DraftGain.of(chances, 1, cost);

            double expected = 1;
            double best = 1;
            for (int level = 1; level <= gains.length; level++) {
                assertThat(gains[level - 1]).as("seed %d", seed).isPositive();
                assertThat(level == 1 ? 1 : gains[level - 2]).as("seed %d", seed).isGreaterThanOrEqualTo(gains[level - 1]);
                expected += chances[level - 1];
                assertThat(expected / (1 + level * cost)).as("seed %d, tokens in a plain turn's time", seed).isGreaterThan(best);
                best = expected / (1 + level * cost);
            }
            assertThat(1 + Arrays.stream(gains).sum()).as("seed %d", seed).isCloseTo(best, within(1e-9));
        }
    }

    @Test
    void inAWideBatchNothingIsDraftedBecauseADraftStepHoldsUpEveryone() {
        Decoder decoder = decoder(Map.of(), 0.1);
        plain(decoder, 4);
        assertThat(decoder.prospects(8)).isNotEmpty();

        decoder.next(new Grant(0, 8, 30, false));
        decoder.accept(result(sampled(5)));

        assertThat(decoder.prospects(8)).isEmpty();
    }

    @Test
    void draftModelThatIsNotToBeHadIsNotAskedForAgainForAWhile() {
        Decoder decoder = decoder(Map.of(), 0.1);
        plain(decoder, 4);
        decoder.next(Grant.rows(2));
        decoder.accept(result(sampled(5)));
        int turns = 0;
        while (decoder.prospects(8).length == 0) {
            decoder.next(Grant.rows(0));
            decoder.accept(result(sampled(5)));
            turns++;
        }

        assertThat(turns).isEqualTo(16);
    }

    @Test
    void draftsGrowOnTextThatTheDraftModelKnows() {
        Decoder decoder = decoder(Map.of("max_draft", 16), 0.05);

        decode(decoder, 400, IntUnaryOperator.identity());

        DecodingReport report = decoder.report(0);
        assertThat(report.accepted()).isEqualTo(report.drafted());
        assertThat(report.steps()).isLessThan(400 / 8);
    }

    @Test
    void atMostOneRowInTwentyIsADraftWhereTheDraftModelIsWrong() {
        Decoder decoder = decoder(Map.of("max_draft", 16), 0.05);

        decode(decoder, 64, token -> (token + 1) % 10);

        DecodingReport report = decoder.report(0);
        assertThat(report.drafted()).isPositive();
        assertThat(report.accepted()).isZero();
        assertThat(report.drafted() / (double) (report.drafted() + report.tokens())).isLessThanOrEqualTo(0.05);
    }

    /** @param wrong what the draft model says where the model says a token */
    private static void decode(Decoder decoder, int tokens, IntUnaryOperator wrong) {
        Random text = new Random(4);
        int[] said = text.ints(tokens + 40, 0, 10).toArray();
        plain(decoder, said[0]);
        int gained = 1;
        while (gained < tokens) {
            double[] prospects = decoder.prospects(16);
            Grant grant = drafting(prospects.length);
            while (decoder.next(grant) instanceof Move.OnDraftModel move) {
                int first = gained;
                decoder.accept(result(move.wants().stream().map(want -> sampled(wrong.applyAsInt(said[position(want) - PROMPT.length])))
                        .toArray(Sampled[]::new)));
                assertThat(position(move.wants().getFirst())).isGreaterThanOrEqualTo(PROMPT.length + first);
            }
            Move move = decoder.next(grant);
            gained += decoder.accept(result(move.wants().stream().map(want -> sampled(said[position(want) - PROMPT.length])).toArray(Sampled[]::new)))
                    .tokens().size();
        }
    }

    private static int position(Want want) {
        return ((Want.Sample) want).draw().position();
    }

    /** The turn of the prefill. */
    private static void plain(Decoder decoder, int token) {
        decoder.next(Grant.PLAIN);
        decoder.accept(result(sampled(token)));
    }

    private static Grant drafting(int rows) {
        return new Grant(rows, 64, 1, true);
    }

    /** Where it goes on, the tokens, and the position that is wanted. */
    private static List<Object> ask(Decoder decoder, int rows) {
        Move.OnDraftModel move = (Move.OnDraftModel) decoder.next(drafting(rows));
        int position = move.wants().getFirst() instanceof Want.Sample sample ? sample.draw().position() : -1;
        assertThat(move.wants().getFirst().row()).isEqualTo(move.tokens().length - 1);
        return List.of(move.keep(), IntStream.of(move.tokens()).boxed().toList(), position);
    }

    private static Decoder decoder(Map<String, Object> parameters, double cost) {
        var all = new HashMap<String, Object>(parameters);
        all.put("draft", "model");
        return Decodings.speculative(all).start(start(SamplingParameters.GREEDY, cost));
    }

    private static SequenceStart start(SamplingParameters sampling, double cost) {
        var model = new Surroundings.DraftModel(Decodings.MODEL.shape(), rows -> cost * StepCosts.UNKNOWN.of(rows));
        var surroundings = new Surroundings(Decodings.MODEL.shape(), StepCosts.UNKNOWN, model, Decodings.NO_TRAITS, new SharedMemory(1).scope(null));
        return new SequenceStart(PROMPT, sampling, SEED, 0, -1, false, AnswerEnd.NOWHERE, "request", surroundings);
    }

    private static SegmentResult result(Sampled... samples) {
        return new SegmentResult(List.of(samples), List.of(), List.of(), null, null);
    }

    private static SegmentResult laws(double[]... laws) {
        return new SegmentResult(List.of(), List.of(laws), List.of(), null, null);
    }

    private static Sampled sampled(int token) {
        return new Sampled(0, token, Float.NaN, new int[0], new float[0]);
    }
}
