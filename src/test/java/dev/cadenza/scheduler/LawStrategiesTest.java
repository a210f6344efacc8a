package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.momentum.Momentum;
import dev.cadenza.decoding.reflex.CyclicReflex;
import dev.cadenza.decoding.reflex.Wave;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Strategies that are nothing but a law of their own, in a running batch. */
class LawStrategiesTest {
    private static final SamplingParameters WARM = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of(ToyTokenizer.END, -100f));

    @Test
    void withoutEffectTheyAreStandard() {
        assertThat(tokens(new Momentum(0, 5, true), SamplingParameters.GREEDY)).isEqualTo(tokens(null, SamplingParameters.GREEDY));
        assertThat(tokens(new CyclicReflex(new Wave(0, 20), List.of(2, 3), -1), WARM)).isEqualTo(tokens(null, WARM));
    }

    @Test
    void momentumLeavesTheCirclesThatGreedyDecodingWalksIn() {
        assertThat(longestRepeat(tokens(new Momentum(0.5, 5, true), SamplingParameters.GREEDY)))
                .isLessThan(longestRepeat(tokens(null, SamplingParameters.GREEDY)));
    }

    @Test
    void momentumReportsTheChosenTokensOwnLogprob() {
        LoopRig rig = rig();
        RecordingListener listener = rig.submit(aRequest().sampling(SamplingParameters.GREEDY).maxTokens(30).topLogprobs(6).strategy(new Momentum(0.5, 5, true)));
        rig.finish();

        assertThat(listener.tokens.get(0)).isNotEmpty().allSatisfy(token -> {
            int place = IntStream.range(0, token.topTokens().length).filter(i -> token.topTokens()[i] == token.token()).findFirst().orElseThrow();
            assertThat(token.logprob()).isEqualTo(token.topLogprobs()[place]);
            assertThat(place).isLessThan(5);
        });
    }

    @Test
    void theWaveRaisesItsWordsInTheFirstHalfAndLowersThemInTheSecondUntilThinkingEnds() {
        int[] waved = tokens(new CyclicReflex(new Wave(8, 40), List.of(2), -1), WARM);
        int[] ended = tokens(new CyclicReflex(new Wave(8, 40), List.of(2), 2), WARM);

        assertThat(count(waved, 5, 15)).isGreaterThan(6);
        assertThat(count(waved, 25, 35)).isZero();
        int end = IntStream.range(0, ended.length).filter(i -> ended[i] == 2).findFirst().orElseThrow();
        assertThat(count(ended, end + 1, end + 11)).as("the wave has ended").isLessThan(6);
    }

    private static int count(int[] tokens, int from, int to) {
        return (int) Arrays.stream(tokens, from, to).filter(token -> token == 2).count();
    }

    /** {@code null}: standard. */
    private static int[] tokens(Strategy strategy, SamplingParameters sampling) {
        LoopRig rig = rig();
        Requests request = aRequest().sampling(sampling).maxTokens(80);
        GenerationRequest plain = (strategy == null ? request : request.strategy(strategy)).build();
        RecordingListener listener = new RecordingListener(1);
        rig.submit(new GenerationRequest("traced", plain.prompt(), 1, plain.maxTokens(), sampling, plain.seed(), -1, List.of(), plain.strategy(),
                "request", true, "", null), listener);
        rig.finish();
        return listener.finishes.get(0).trace().stream().mapToInt(Finish.Traced::token).toArray();
    }

    private static LoopRig rig() {
        return new LoopRig(new ToyEngine(ToyEngine.shape(10, 200, 400), 3, ToyEngine.Faults.NONE), LoopRig.SETTINGS);
    }

    /** Length of the longest stretch that stands in the text twice. */
    private static int longestRepeat(int[] text) {
        int longest = 0;
        for (int i = 0; i < text.length; i++) {
            for (int j = i + 1; j < text.length; j++) {
                int length = 0;
                while (j + length < text.length && text[i + length] == text[j + length]) {
                    length++;
                }
                longest = Math.max(longest, length);
            }
        }
        return longest;
    }
}
