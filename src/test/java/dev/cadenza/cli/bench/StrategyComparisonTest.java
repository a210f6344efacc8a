package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cadenza.cli.bench.Answers.Answer;
import dev.cadenza.decoding.DecodingReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How questions, orders and lines of the comparison come about. */
class StrategyComparisonTest {
    private static final Candidate LOOKUP = Candidate.named("prompt_lookup");
    private static final Candidate SUFFIX = Candidate.named("suffix");
    private static final Candidate EXIT = Candidate.named("early_exit");

    @Test
    void everyCandidateRunsRightBesideStandardAndPlacesChange() {
        Candidate standard = Candidate.STANDARD;

        List<Candidate> three = List.of(LOOKUP, SUFFIX, EXIT);
        assertThat(StrategiesBench.series(three, 0)).containsExactly(List.of(LOOKUP, standard, SUFFIX), List.of(standard, EXIT));
        assertThat(StrategiesBench.series(three, 1)).containsExactly(List.of(EXIT, standard, LOOKUP), List.of(SUFFIX, standard));
        assertThat(StrategiesBench.series(List.of(LOOKUP), 0)).containsExactly(List.of(standard, LOOKUP));
        assertThat(StrategiesBench.series(List.of(), 0)).isEmpty();
    }

    @Test
    void aLineHasTheRatioOfEachPairAndTheSumsOfAll() {
        // given
        Pair twice = new Pair(answers(1, answer("a", 10, 4, 8, 6), answer("b", 10, 6, 4, 4)), answers(2, answer("a", 10, 9, -1, -1),
                answer("b", 10, 9, -1, -1)), 2, true);
        Pair half = new Pair(answers(4, answer("c", 10, 9, 0, 0), answer("d", 10, 9, 0, 0)), answers(2, answer("c", 10, 9, -1, -1),
                answer("other", 10, 9, -1, -1)), 0, false);

        // when
        StrategyFigure figure = StrategyFigure.of(Workload.CODE, 2, LOOKUP, List.of(twice, half));

        // then
        assertThat(figure.ratio()).isEqualTo(new Summary(1.25, 0.5, 2, 2));
        assertThat(figure.speed()).isEqualTo(new Summary(12.5, 5, 20, 2));
        assertThat(figure.tokensPerStep()).isCloseTo(40 / 28.0, within(1e-12));
        assertThat(figure.acceptance()).isCloseTo(10 / 12.0, within(1e-12));
        assertThat(figure.draftRows()).isCloseTo(12 / 40.0, within(1e-12));
        assertThat(figure.equal()).isEqualTo(3);
        assertThat(figure.answers()).isEqualTo(4);
        assertThat(figure.thrownAway()).isEqualTo(2);
        assertThat(figure.quiet()).isFalse();
    }

    @Test
    void theSameTextInFewerTokensIsNotTheSame() {
        assertThat(answer("a", 10, 9, 0, 0).sameBytes(answer("a", 10, 5, 7, 7))).isTrue();
        assertThat(answer("a", 10, 9, 0, 0).sameBytes(answer("a", 9, 9, 0, 0))).isFalse();
        assertThat(answer("a", 10, 9, 0, 0).sameBytes(answer("A", 10, 9, 0, 0))).isFalse();
    }

    @Test
    void standardHasNoRatioToItself() {
        Answers plain = answers(1, answer("a", 10, 9, -1, -1));

        StrategyFigure figure = StrategyFigure.of(Workload.COPY, 1, Candidate.STANDARD, List.of(new Pair(plain, plain, 0, true)));

        assertThat(figure.ratio()).isNull();
        assertThat(figure.drafted()).isZero();
        assertThat(figure.draftRows()).isZero();
    }

    @Test
    void aTwentiethOfTheWordsIsWrongAndTheSpacesStay() {
        for (int seed = 0; seed < 100; seed++) {
            // given
            int words = 1 + new Random(seed).nextInt(60);
            String text = "  def\tf:\n" + "    x = y\n".repeat(words) + "\n";

            // when
            String edited = EditedText.of(text, 0.05, seed);

            // then
            assertThat(edited.split("\\S+", -1)).as("seed %d", seed).containsExactly(text.split("\\S+", -1));
            assertThat(different(edited, text)).as("seed %d", seed).isEqualTo((int) Math.ceil(0.05 * text.strip().split("\\s+").length));
            assertThat(EditedText.of(text, 0.05, seed)).isEqualTo(edited);
        }
        assertThat(EditedText.of("a b c", 0, 1)).isEqualTo("a b c");
        assertThat(EditedText.of(" \n", 0.5, 1)).isEqualTo(" \n");
        assertThat(different(EditedText.of("river stone river", 1, 3), "river stone river")).isEqualTo(3);
    }

    @Test
    void questionsDifferAndComeAgainInTheSameOrder() {
        Set<String> all = new HashSet<>();
        for (Workload workload : Workload.values()) {
            List<String> questions = workload.questions(40);
            assertThat(questions).doesNotHaveDuplicates().isEqualTo(workload.questions(40)).startsWith(workload.questions(3).toArray(String[]::new));
            all.addAll(questions);
        }
        assertThat(all).hasSize(40 * Workload.values().length);
    }

    @Test
    void onlyTheCopyingWorkloadHasAPrediction() {
        assertThat(Arrays.stream(Workload.values()).filter(Candidate.named("prediction")::suits)).containsExactly(Workload.COPY);
        assertThat(Arrays.stream(Workload.values()).filter(LOOKUP::suits)).containsExactly(Workload.values());
    }

    @Test
    void theTableIsMarkdownAndNarrowEnough() {
        // given
        var out = new StringWriter();
        var slow = new StrategyFigure("unpredictable", 16, "token_recycling", Summary.of(349.5), Summary.of(0.97), 96, 95, 0, 0, 16, 16, 0, true);
        var fast = new StrategyFigure("copy", 1, "prediction", Summary.of(1_204, 100), Summary.of(2.5, 3.5), 192, 50, 150, 142, 2, 1, 12, false);
        var plain = new StrategyFigure("copy", 1, "standard", Summary.of(60, 61), null, 192, 190, 0, 0, 2, 2, 0, true);

        // when
        new Report(Map.of("cores", "2"), List.of(StrategyFigure.section(List.of(plain, fast, slow))), List.of("suffix left out")).table(new PrintWriter(out));

        // then
        assertThat(out).hasToString("""
            cores        2

            |workload     |batch|strategy       |tokens/s|ratio|least|greatest|pairs|tokens/step|accepted|draft rows|same bytes|thrown away|         |
            |-------------|----:|---------------|-------:|----:|----:|-------:|----:|----------:|-------:|---------:|---------:|----------:|---------|
            |copy         |    1|standard       |   60.50|    -|    -|       -|    2|       1.01|       -|     0.0 %|    2 of 2|          0|         |
            |copy         |    1|prediction     |   652.0| 3.00| 2.50|    3.50|    2|       3.84|  94.7 %|    75.0 %|    1 of 2|         12|not quiet|
            |unpredictable|   16|token_recycling|   349.5| 0.97| 0.97|    0.97|    1|       1.01|       -|     0.0 %|  16 of 16|          0|         |

            suffix left out
            """);
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 150);
    }

    @Test
    void jsonIsOneLineWithWhatTheTableHasAndTheCounts() throws Exception {
        // given
        var fast = new StrategyFigure("copy", 1, "prediction", Summary.of(200, 100), Summary.of(2.5, 3.5), 192, 50, 150, 120, 2, 1, 12, false);
        var plain = new StrategyFigure("copy", 1, "standard", Summary.of(60), null, 192, 190, 0, 0, 2, 2, 0, true);

        // when
        String line = new Report(Map.of("cores", "2"), List.of(StrategyFigure.section(List.of(plain, fast))), List.of("a note")).json();

        // then
        var root = new JsonMapper().readTree(line);
        assertThat(line).doesNotContain("\n");
        assertThat(root.at("/head/cores").asText()).isEqualTo("2");
        assertThat(root.at("/figures/0").has("ratio")).isFalse();
        assertThat(root.at("/figures/1").toString()).isEqualTo("{\"workload\":\"copy\",\"batch\":1,\"strategy\":\"prediction\","
                + "\"tokens_per_second\":{\"median\":150.0,\"min\":100.0,\"max\":200.0},"
                + "\"ratio\":{\"median\":3.0,\"min\":2.5,\"max\":3.5},\"pairs\":2,"
                + "\"tokens_per_step\":3.84,\"tokens\":192,\"steps\":50,\"drafted\":150,\"accepted\":120,\"acceptance\":0.8,\"draft_rows\":0.75,"
                + "\"answers\":2,\"same_bytes\":1,\"thrown_away\":12,\"quiet\":false}");
        assertThat(root.at("/notes/0").asText()).isEqualTo("a note");
    }

    private static int different(String edited, String text) {
        String[] left = edited.strip().split("\\s+");
        String[] right = text.strip().split("\\s+");
        assertThat(left).hasSameSizeAs(right);
        int different = 0;
        for (int i = 0; i < left.length; i++) {
            different += left[i].equals(right[i]) ? 0 : 1;
        }
        return different;
    }

    private static Answers answers(double seconds, Answer... answers) {
        return new Answers(seconds, List.of(answers));
    }

    private static Answer answer(String text, int tokens, int steps, int drafted, int accepted) {
        return new Answer(text, tokens, new DecodingReport("speculative", "request", "prompt_lookup", steps, tokens, drafted, accepted, 1));
    }
}
