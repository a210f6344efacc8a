package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decoder;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.Grant;
import dev.cadenza.decoding.Move;
import dev.cadenza.decoding.SequenceStart;
import dev.cadenza.decoding.Turn;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromptLookupDecoderTest {
    private static final Grant ROOM = new Grant(64);

    @Test
    void atMostOneRowInTwentyIsADraftOnTextThatCannotBeForeseen() {
        for (int seed = 0; seed < 50; seed++) {
            // Eight tokens, so that bigrams match all the time and never help: the answer avoids what the draft says.
            Random random = new Random(seed);
            Decoder decoder = decoder(random.ints(200, 0, 8).toArray());
            decode(decoder, 64, (position, draft) -> draft == null ? random.nextInt(8) : (draft + 1 + random.nextInt(7)) % 8);

            DecodingReport report = decoder.report(0);
            assertThat(report.drafted()).as("seed %d", seed).isPositive();
            assertThat(report.drafted() / (double) (report.drafted() + report.tokens())).as("seed %d", seed).isLessThanOrEqualTo(0.05);
        }
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

        assertThat(decoder.next(new Grant(0)).draft()).isEmpty();
        assertThat(decoder.next(new Grant(1)).draft()).containsExactly(1);
        assertThat(decoder.next(ROOM).draft()).as("the first draft is short").containsExactly(1, 2);
    }

    @Test
    void everyRowAsksForItsOwnPositionUnderTheLawThatItsDraftLeadsTo() {
        SamplingParameters penalised = new SamplingParameters(1, 0, 1, 0, 0.5f, 0.25f, 1, Map.of());
        Decoder decoder = new Speculative(16, 2, 4).start(new SequenceStart(new int[] {1, 2, 1, 2}, penalised, 9, 3, -1, "request"));

        List<Want> wants = decoder.next(ROOM).wants();

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
        decoder.next(new Grant(0));
        decoder.accept(List.of(sampled(0, 1)));
        assertThat(decoder.next(ROOM).draft()).containsExactly(2, 1);

        Turn turn = decoder.accept(List.of(sampled(0, 2), sampled(1, 5), sampled(2, 7)));

        assertThat(turn.kept()).containsExactly(0);
        assertThat(turn.samples()).containsExactly(0, 1);
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
            Move move = decoder.next(gained == 0 ? new Grant(0) : ROOM);
            List<Sampled> samples = new ArrayList<>();
            for (Want want : move.wants()) {
                int position = ((Want.Sample) want).draw().position();
                samples.add(sampled(want.row(), text.at(position, want.row() < move.draft().length ? move.draft()[want.row()] : null)));
            }
            gained += decoder.accept(samples).samples().length;
        }
    }

    private static Decoder decoder(int[] prompt) {
        return new Speculative(16, 2, 4).start(new SequenceStart(prompt, SamplingParameters.GREEDY, 9, 0, -1, "request"));
    }

    private static Sampled sampled(int row, int token) {
        return new Sampled(row, token, Float.NaN, new int[0], new float[0]);
    }
}
