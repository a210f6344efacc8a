package dev.cadenza.decoding.difficulty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.ModelTraits;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.StrategySelector;
import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.decoding.Wish;
import dev.cadenza.sampling.SamplingParameters;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiffAdaptTest {
    private static final Routing ROUTING = new Routing(List.of(new Routing.Setting("7", 0.5, 0.4), new Routing.Setting("79", 0.8, 1), new Routing.Setting("8", 0.4, 0.5)),
            _ -> new double[] {0.2, 0.3, 0.5}, 0, true);
    private static final ModelTraits PROBED = Decodings.MODEL.with(ROUTING);
    private static final SamplingParameters LAW = new SamplingParameters(1, 3, 0.9f, 0, 0, 0, 1, Map.of());

    /** The prompt 1 2 3, the text's digits, and 4 for the template's end. */
    private static Wish wish(Map<String, Object> decoding, int maxTokens, SamplingParameters sampling, boolean temperatureGiven, Wish.Effort effort) {
        return new Wish(decoding, null, 4, maxTokens, sampling, temperatureGiven, effort, text -> IntStream.concat(IntStream.of(1, 2, 3),
                IntStream.concat(text.chars().map(digit -> digit - '0'), IntStream.of(4))).toArray());
    }

    private static Selection select(ModelTraits model, Wish wish) throws InvalidDecoding {
        return new StrategySelector("standard", model).select(wish);
    }

    private static Strategy.Opening opening(String chosen, int maxTokens, SamplingParameters sampling, boolean temperatureGiven) throws InvalidDecoding {
        Strategy strategy = select(PROBED, wish(Map.of("strategy", "diff_adapt", "diff_adapt", Map.of("class", chosen)), maxTokens, sampling, temperatureGiven,
                null)).strategy();
        return strategy.opening(new Strategy.Opening(new int[] {1, 2, 3, 4}, maxTokens, sampling));
    }

    @Test
    void aClassHasItsTextTemperatureAndShareOfTheBudget() throws Exception {
        assertThat(opening("easy", 10, LAW, false)).usingRecursiveComparison()
                .isEqualTo(new Strategy.Opening(new int[] {1, 2, 3, 7, 4}, 4, LAW.at(0.5f)));
        assertThat(opening("normal", 10, LAW, false)).usingRecursiveComparison()
                .isEqualTo(new Strategy.Opening(new int[] {1, 2, 3, 7, 9, 4}, 10, LAW.at(0.8f)));
        assertThat(opening("hard", 10, LAW, false)).usingRecursiveComparison()
                .isEqualTo(new Strategy.Opening(new int[] {1, 2, 3, 8, 4}, 5, LAW.at(0.4f)));
    }

    @Test
    void budgetsRoundUpAndLeaveATokenAtLeast() throws Exception {
        assertThat(opening("easy", 1, LAW, false).maxTokens()).isEqualTo(1);
        assertThat(opening("easy", 3, LAW, false).maxTokens()).isEqualTo(2);
        assertThat(opening("hard", 7, LAW, false).maxTokens()).isEqualTo(4);
        // The context is 100, the prompt 6.
        assertThat(opening("normal", 1000, LAW, false).maxTokens()).isEqualTo(94);
    }

    @Test
    void theClientsOwnTemperatureWinsAndGreedyStaysGreedy() throws Exception {
        assertThat(opening("easy", 10, LAW, true).sampling()).isEqualTo(LAW);
        assertThat(opening("easy", 10, LAW.at(0), false).sampling()).isEqualTo(LAW.at(0));
    }

    @Test
    void stemIsWhatAllClassesPromptsBeginWith() throws Exception {
        Strategy routed = select(PROBED, wish(Map.of("strategy", "diff_adapt"), 10, LAW, false, null)).strategy();

        Strategy.Opening opening = routed.opening(new Strategy.Opening(new int[] {1, 2, 3, 4}, 10, LAW));

        assertThat(opening.prompt()).containsExactly(1, 2, 3);
        assertThat(opening.maxTokens()).isEqualTo(10);
        assertThat(routed.mostMorePrompt()).isEqualTo(3);
    }

    @Test
    void promptsThatAreTheSameStillLeaveATokenBehindTheStem() throws Exception {
        Routing same = new Routing(List.of(new Routing.Setting("7", 0.5, 0.4), new Routing.Setting("7", 0.8, 1), new Routing.Setting("7", 0.4, 0.5)),
                ROUTING.classifier(), 0, true);

        Strategy routed = select(Decodings.MODEL.with(same), wish(Map.of("strategy", "diff_adapt"), 10, LAW, false, null)).strategy();

        assertThat(routed.opening(new Strategy.Opening(new int[] {1}, 10, LAW)).prompt()).containsExactly(1, 2, 3, 7);
        assertThat(routed.mostMorePrompt()).isEqualTo(1);
    }

    @Test
    void withoutAProbeTheClassIsNormalAndTheReportWarns() throws Exception {
        Strategy strategy = select(Decodings.MODEL, wish(Map.of("strategy", "diff_adapt"), 10, LAW, false, null)).strategy();

        assertThat(strategy).isInstanceOfSatisfying(DirectRoute.class, direct -> {
            assertThat(direct.route().difficulty()).isEqualTo(Difficulty.NORMAL);
            assertThat(direct.warning()).contains("no probe");
        });
    }

    @Test
    void aClassThatIsNotLikelyEnoughCountsAsNormal() {
        double[] probabilities = {0.2, 0.3, 0.5};
        ProbedRoute bold = new ProbedRoute(List.of(), ROUTING);
        ProbedRoute shy = new ProbedRoute(List.of(), new Routing(ROUTING.settings(), ROUTING.classifier(), 0.51, true));

        assertThat(bold.decide(probabilities)).isEqualTo(Difficulty.HARD);
        assertThat(shy.decide(probabilities)).isEqualTo(Difficulty.NORMAL);
    }

    @Test
    void reasoningEffortChoosesEasyTheProbesClassOrNormal() throws Exception {
        assertThat(select(PROBED, wish(null, 10, LAW, false, Wish.Effort.LOW))).satisfies(low -> {
            assertThat(low.reason()).isEqualTo("reasoning_effort");
            assertThat(((DirectRoute) low.strategy()).route().difficulty()).isEqualTo(Difficulty.EASY);
        });
        assertThat(select(PROBED, wish(null, 10, LAW, false, Wish.Effort.MEDIUM)).strategy()).isInstanceOf(ProbedRoute.class);
        assertThat(select(PROBED, wish(null, 10, LAW, false, Wish.Effort.HIGH)).strategy()).isInstanceOfSatisfying(DirectRoute.class, direct -> assertThat(
                direct.route().difficulty()).isEqualTo(Difficulty.NORMAL));
        assertThat(select(PROBED, wish(Map.of("strategy", "diff_adapt"), 10, LAW, false, Wish.Effort.LOW)).reason()).isEqualTo("request");
    }

    @Test
    void whatReasoningEffortContradictsIsRefused() {
        refused(wish(Map.of("strategy", "standard"), 10, LAW, false, Wish.Effort.LOW), PROBED, "reasoning_effort", "invalid_value");
        refused(wish(Map.of("strategy", "diff_adapt", "diff_adapt", Map.of("class", "hard")), 10, LAW, false, Wish.Effort.LOW), PROBED, "reasoning_effort",
                "invalid_value");
        refused(wish(null, 10, LAW, false, Wish.Effort.LOW), PROBED.with(new Routing(ROUTING.settings(), null, 0, false)), "reasoning_effort",
                "unsupported_value");
        refused(wish(Map.of("strategy", "diff_adapt", "diff_adapt", Map.of("class", "zap")), 10, LAW, false, null), PROBED, "decoding.diff_adapt.class",
                "invalid_value");
    }

    @Test
    void aPromptThatLeavesNoRoomWithItsTextIsRefused() {
        Wish long99 = new Wish(Map.of("strategy", "diff_adapt"), null, 99, 1, LAW, false, null, _ -> new int[100]);

        refused(long99, PROBED, "messages", "context_length_exceeded");
    }

    private static void refused(Wish wish, ModelTraits model, String param, String code) {
        assertThatThrownBy(() -> select(model, wish)).isInstanceOfSatisfying(InvalidDecoding.class, e -> {
            assertThat(e.param()).isEqualTo(param);
            assertThat(e.code()).isEqualTo(code);
        });
    }
}
