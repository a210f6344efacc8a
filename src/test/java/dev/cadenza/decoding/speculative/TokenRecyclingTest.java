package dev.cadenza.decoding.speculative;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.cadenza.decoding.speculative.Successors.Basis;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.SegmentResult;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.engine.Want;
import dev.cadenza.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenRecyclingTest {
    private static final int VOCABULARY = 60;
    /** Rows cost nothing, so that everything worth a try is granted. */
    private static final int ROOM = 64;
    /** Token t is followed by t + 1, and the model knows. */
    private static final Text COUNTING = (_, token, _) -> named(0.95, IntStream.range(1, 9).map(i -> (token + i) % VOCABULARY).toArray());

    private final SharedMemory memory = new SharedMemory(8);

    @Test
    void onFixedSuccessorsEveryTurnComesToReachTheDepthLimit() {
        for (int maxDepth = 1; maxDepth <= 8; maxDepth++) {
            Decoder decoder = decoder(Map.of("max_depth", maxDepth), "counting " + maxDepth, 0);

            List<Turn> turns = decode(decoder, 900, COUNTING);

            assertThat(turns.subList(turns.size() - 30, turns.size())).extracting(turn -> turn.kept().length).containsOnly(maxDepth);
            assertThat(turns.stream().flatMap(turn -> turn.tokens().stream()).map(gained -> gained.sampled().token()).toList())
                    .isEqualTo(IntStream.range(1, 1 + decoder.report(0).tokens()).map(i -> i % VOCABULARY).boxed().toList());
        }
    }

    @Test
    void aTableThatIsAlwaysWrongChangesNothingAndGetsFewRows() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            SuccessorTable table = memory.scope("seed " + seed).get(SuccessorTable.class, () -> new SuccessorTable(VOCABULARY));
            IntStream.range(0, VOCABULARY).forEach(token -> table.saw(token, named(0.99, distinct(random))));
            int[] text = random.ints(400, 0, VOCABULARY).toArray();
            Decoder decoder = decoder(Map.of(), "seed " + seed, 3);

            List<Turn> turns = decode(decoder, 64, (position, _, drafted) -> {
                // What is drafted does not come, whatever else the model names.
                int token = IntStream.range(text[position], text[position] + VOCABULARY).map(t -> t % VOCABULARY)
                        .filter(t -> IntStream.of(drafted).noneMatch(d -> d == t)).findFirst().orElseThrow();
                Sampled sampled = named(0.99, distinct(random));
                return new Sampled(0, token, -1, sampled.topTokens(), sampled.topLogprobs());
            });

            DecodingReport report = decoder.report(0);
            assertThat(report.drafted()).as("seed %d", seed).isPositive();
            assertThat(report.accepted()).as("seed %d", seed).isZero();
            assertThat(report.drafted() / (double) (report.drafted() + report.tokens())).as("seed %d", seed).isLessThanOrEqualTo(0.05);
            assertThat(turns).as("seed %d", seed).hasSize(64);
        }
    }

    @Test
    void sequencesOfOneScopeLearnFromEachOtherAndOthersDoNot() {
        decode(decoder(Map.of(), "one", 0), 200, COUNTING);
        decode(decoder(Map.of("scope", "request"), "two", 0), 200, COUNTING);

        assertThat(drafted(decoder(Map.of(), "one", 7))).startsWith(8);
        assertThat(drafted(decoder(Map.of("scope", "shared", "max_draft", 1), "one", 7))).containsExactly(8);
        assertThat(drafted(decoder(Map.of("scope", "request"), "one", 7))).isEmpty();
        assertThat(drafted(decoder(Map.of(), "two", 7))).isEmpty();
        assertThat(drafted(decoder(Map.of(), null, 7))).isEmpty();
    }

    @Test
    void promptIsTheFirstTeacher() {
        assertThat(drafted(decoder(Map.of(), null, 7, 5, 9, 7))).containsExactly(5, 9);
    }

    @Test
    void oddsAreLearnedFromTheRowsThatTheAnswerCameByAndTheTableFromAll() {
        SuccessorTable table = new SuccessorTable(VOCABULARY);
        table.saw(1, named(0.95, 2, 3));
        table.saw(2, named(0.5, 5, 4));
        table.saw(3, named(0.2, 6));
        TokenRecycling source = new TokenRecycling(table, 2, new int[] {1});
        Draft draft = source.draft(8);
        assertThat(draft.tokens()).containsExactly(2, 5, 4, 3, 6);

        // 1 is followed by 2, 2 by 4, and 4, where nothing was known, by 9. What comes behind 5, 3 and 6 is no part of the answer.
        int[] drawn = {2, 4, 30, 9, 6, 31};
        for (int row = 0; row < drawn.length; row++) {
            source.observe(row == 0 ? 1 : draft.tokens()[row - 1], new Sampled(row, drawn[row], -1, new int[] {40 + row}, new float[] {-1}));
        }
        source.append(2);
        source.append(4);
        source.append(9);

        SuccessorOdds wanted = new SuccessorOdds();
        wanted.learn(Basis.ABOVE, false, 0);
        wanted.learn(Basis.UP_TO_60_PERCENT, true, 1);
        for (Basis basis : Basis.values()) {
            for (int rank = 0; rank < Successors.MOST; rank++) {
                assertThat(table.odds().of(basis, false, rank)).isEqualTo(wanted.of(basis, false, rank));
                assertThat(table.odds().of(basis, true, rank)).isEqualTo(wanted.of(basis, true, rank));
            }
        }
        assertThat(IntStream.of(1, 2, 5, 4, 3, 6).map(token -> table.of(token).tokens()[0])).containsExactly(40, 41, 42, 43, 44, 45);
        assertThat(source.draft(8).size()).as("nothing is known of 9").isZero();
    }

    @Test
    void draftStaysTheSameUntilTheAnswerGrows() {
        SuccessorTable table = new SuccessorTable(VOCABULARY);
        table.saw(1, named(0.95, 2, 3));
        TokenRecycling source = new TokenRecycling(table, 3, new int[] {1});
        assertThat(source.draft(2).tokens()).containsExactly(2, 3);

        table.saw(1, named(0.95, 8, 9));

        assertThat(source.draft(1).tokens()).containsExactly(2);
        assertThat(source.draft(2).tokens()).containsExactly(2, 3);
        source.append(1);
        assertThat(source.draft(2).tokens()).containsExactly(8, 9);
    }

    private interface Text {
        /** What the model draws behind a row. @param drafted all tokens of the step's draft */
        Sampled at(int position, int token, int[] drafted);
    }

    private static List<Turn> decode(Decoder decoder, int tokens, Text text) {
        List<Turn> turns = new ArrayList<>();
        int last = 0;
        for (int gained = 0; gained < tokens;) {
            int rows = gained == 0 ? 0 : (int) DoubleStream.of(decoder.prospects(ROOM)).takeWhile(chance -> chance > 0.05).count();
            Move.Tokens move = (Move.Tokens) decoder.next(Grant.rows(rows));
            List<Sampled> samples = new ArrayList<>();
            for (Want want : move.wants()) {
                assertThat(((Want.Sample) want).topLogprobs()).isEqualTo(8);
                Sampled drawn = text.at(((Want.Sample) want).draw().position(), want.row() == 0 ? last : move.draft()[want.row() - 1], move.draft());
                samples.add(new Sampled(want.row(), drawn.token(), drawn.logprob(), drawn.topTokens(), drawn.topLogprobs()));
            }
            Turn turn = decoder.accept(new SegmentResult(samples, List.of(), List.of(), null, null));
            assertThat(turn.tokens()).allMatch(token -> token.sampled().topTokens().length == 0 && Float.isNaN(token.sampled().logprob()));
            last = turn.tokens().getLast().sampled().token();
            gained += turn.tokens().size();
            turns.add(turn);
        }
        return turns;
    }

    private static int[] drafted(Decoder decoder) {
        int rows = decoder.prospects(ROOM).length;
        return ((Move.Tokens) decoder.next(Grant.rows(rows))).draft();
    }

    private Decoder decoder(Map<String, Object> parameters, String scope, int... prompt) {
        Map<String, Object> all = new HashMap<>(parameters);
        all.put("draft", "token_recycling");
        var surroundings = new Surroundings(ToyEngine.shape(VOCABULARY, 2000, 2000), StepCosts.UNKNOWN, null, Decodings.NO_TRAITS, memory.scope(scope));
        return Decodings.speculative(all)
                .start(new SequenceStart(prompt, SamplingParameters.GREEDY, 9, 0, -1, false, AnswerEnd.NOWHERE, "request", surroundings));
    }

    private static Sampled named(double probability, int... top) {
        return SuccessorTableTest.named(probability, top);
    }

    private static int[] distinct(Random random) {
        return random.ints(0, VOCABULARY).distinct().limit(8).toArray();
    }
}
