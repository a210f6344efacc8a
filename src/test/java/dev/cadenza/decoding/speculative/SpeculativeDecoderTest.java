package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.Turn;
import dev.cadenza.decoding.Turn.Gained;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpeculativeDecoderTest {
    /** Rows cost nothing, so that everything worth a try is granted. */
    private static final int ROOM = 64;

    @Test
    void atMostOneRowInTwentyIsADraftOnTextThatCannotBeForeseen() {
        int drafted = 0;
        int rows = 0;
        for (int seed = 0; seed < 200; seed++) {
            // Eight tokens, so that bigrams match all the time, come true by luck when they are not drafted, and never when they are.
            Random random = new Random(seed);
            Decoder decoder = decoder(random.ints(200, 0, 8).toArray());
            decode(decoder, 64, (position, draft) -> draft == null ? random.nextInt(8) : (draft + 1 + random.nextInt(7)) % 8);

            DecodingReport report = decoder.report(0);
            assertThat(report.drafted()).as("seed %d", seed).isBetween(1, 15);
            drafted += report.drafted();
            rows += report.drafted() + report.tokens();
        }
        assertThat(drafted / (double) rows).isLessThanOrEqualTo(0.05);
    }

    @Test
    void twoDraftsThatFailDoNotEndDraftingWhereTheNextWouldHaveComeTrue() {
        // The answer's first tokens are not the refrain's.
        Decoder decoder = decoder(IntStream.range(0, 40).map(i -> i % 10).toArray());

        decode(decoder, 40, (position, _) -> position < 48 ? position * 7 % 10 : position % 10);

        assertThat(decoder.report(0).accepted()).isGreaterThan(15);
    }

    @Test
    void draftsGrowToTheLimitOnARefrain() {
        int[] refrain = IntStream.range(0, 40).map(i -> i % 10).toArray();
        Decoder decoder = decoder(refrain);

        decode(decoder, 400, (position, _) -> position % 10);

        DecodingReport report = decoder.report(0);
        assertThat(report.accepted()).isEqualTo(report.drafted());
        assertThat(report.tokens()).isGreaterThanOrEqualTo(400);
        assertThat(report.steps()).isLessThan(400 / 12);
    }

    @Test
    void draftStaysWithinTheGrant() {
        Decoder decoder = decoder(new int[] {1, 2, 1, 2, 1, 2});

        assertThat(move(decoder, 0).draft()).isEmpty();
        assertThat(move(decoder, 1).draft()).containsExactly(1);
        assertThat(move(decoder, 3).draft()).as("the first draft is short").containsExactly(1, 2);
        assertThat(((Move.Tokens) decoder.next(Grant.PLAIN)).draft()).isEmpty();
    }

    @Test
    void everyRowAsksForItsOwnPositionUnderTheLawThatItsDraftLeadsTo() {
        SamplingParameters penalised = new SamplingParameters(1, 0, 1, 0, 0.5f, 0.25f, 1, Map.of());
        Decoder decoder = Decodings.speculative(Map.of()).start(Decodings.start(new int[] {1, 2, 1, 2}, penalised, 9, 3, -1));

        List<Want> wants = move(decoder, 2).wants();

        Want.Sample second = (Want.Sample) wants.get(2);
        assertThat(wants).hasSize(3);
        assertThat(second.draw().position()).isEqualTo(6);
        assertThat(second.draw().choice()).isEqualTo(3);
        assertThat(second.law().edits().tokens()).containsExactly(1, 2);
        assertThat(second.law().edits().addends()).containsExactly(-0.75f, -0.75f);
        assertThat(((Want.Sample) wants.getFirst()).law().edits().size()).isZero();
    }

    @Test
    void acceptedPrefixAndTheTokenAfterItAreGainedAndDroppedOnesAreNotReported() {
        Decoder decoder = decoder(new int[] {1, 2, 1, 2, 1, 2});
        move(decoder, 0);
        decoder.accept(result(sampled(0, 1)));
        assertThat(move(decoder, 2).draft()).containsExactly(2, 1);

        Turn turn = decoder.accept(result(sampled(0, 2), sampled(1, 5), sampled(2, 7)));

        assertThat(turn.drafted()).isEqualTo(2);
        assertThat(turn.kept()).containsExactly(0);
        assertThat(turn.tokens()).extracting(gained -> gained.sampled().token()).containsExactly(2, 5);
        assertThat(turn.tokens()).extracting(Gained::source).containsExactly(Source.DRAFT, Source.BONUS);
        assertThat(decoder.report(0)).isEqualTo(new DecodingReport("speculative", "request", "prompt_lookup", 1, 3, 2, 1, 9));
        assertThat(decoder.report(1)).isEqualTo(new DecodingReport("speculative", "request", "prompt_lookup", 1, 2, 2, 1, 9));
    }

    private interface Text {
        /** @param draft what the decoder expects here, {@code null}: nothing */
        int at(int position, Integer draft);
    }

    private static void decode(Decoder decoder, int tokens, Text text) {
        int gained = 0;
        while (gained < tokens) {
            int rows = gained == 0 ? 0 : worthwhile(decoder.prospects(ROOM));
            Move.Tokens move = move(decoder, rows);
            List<Sampled> samples = new ArrayList<>();
            for (Want want : move.wants()) {
                int position = ((Want.Sample) want).draw().position();
                samples.add(sampled(want.row(), text.at(position, want.row() < move.draft().length ? move.draft()[want.row()] : null)));
            }
            gained += decoder.accept(result(samples.toArray(Sampled[]::new))).tokens().size();
        }
    }

    /** Rows that promise more than a twentieth of a token. */
    private static int worthwhile(double[] prospects) {
        return (int) DoubleStream.of(prospects).takeWhile(chance -> chance > 0.05).count();
    }

    private static Move.Tokens move(Decoder decoder, int rows) {
        decoder.prospects(ROOM);
        return (Move.Tokens) decoder.next(Grant.rows(rows));
    }

    private static SegmentResult result(Sampled... samples) {
        return new SegmentResult(List.of(samples), List.of(), List.of(), null, null);
    }

    private static Decoder decoder(int[] prompt) {
        return Decodings.speculative(Map.of()).start(Decodings.start(prompt, SamplingParameters.GREEDY, 9, 0, -1));
    }

    private static Sampled sampled(int row, int token) {
        return new Sampled(row, token, Float.NaN, new int[0], new float[0]);
    }
}
