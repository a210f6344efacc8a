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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
    void momentumChoosesWhatAnOutsiderChoosesFromTheLogprobsAndTheText() {
        int tokens = 0;
        int otherThanGreedy = 0;
        for (long model = 0; model < 60; model++) {
            LoopRig rig = rig(model);
            Requests request = aRequest().sampling(SamplingParameters.GREEDY).maxTokens(30).topLogprobs(6).strategy(new Momentum(0.2, 5, true));
            RecordingListener listener = rig.submit(request);
            rig.finish();
            List<Integer> text = new ArrayList<>(IntStream.of(request.prompt()).boxed().toList());
            for (TokenLogprob told : listener.tokens.getOrDefault(0, List.of())) {
                int best = 0;
                for (int i = 1; i < 5; i++) {
                    best = score(text, told, i) > score(text, told, best) ? i : best;
                }
                assertThat(told.token()).as("model %d, behind %s", model, text).isEqualTo(told.topTokens()[best]);
                assertThat(told.logprob()).isEqualTo(told.topLogprobs()[best]);
                text.add(told.token());
                tokens++;
                otherThanGreedy += best > 0 ? 1 : 0;
            }
        }
        assertThat(tokens).isGreaterThan(50);
        assertThat(otherThanGreedy).isGreaterThan(10);
    }

    private static double score(List<Integer> text, TokenLogprob told, int candidate) {
        return Math.exp(told.topLogprobs()[candidate]) - 0.2 * repeated(text, told.topTokens()[candidate]);
    }

    /** Tokens of the longest stretch, up to five, that ends in the token and stands in the text already. */
    private static int repeated(List<Integer> text, int token) {
        for (int length = Math.min(5, text.size() + 1); length > 0; length--) {
            List<Integer> stretch = new ArrayList<>(text.subList(text.size() - length + 1, text.size()));
            stretch.add(token);
            if (Collections.indexOfSubList(text, stretch) >= 0) {
                return length;
            }
        }
        return 0;
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
        LoopRig rig = rig(3);
        Requests request = aRequest().sampling(sampling).maxTokens(80);
        GenerationRequest plain = (strategy == null ? request : request.strategy(strategy)).build();
        RecordingListener listener = new RecordingListener(1);
        rig.submit(new GenerationRequest("traced", plain.prompt(), 1, plain.maxTokens(), sampling, plain.seed(), -1, List.of(), plain.strategy(),
                "request", true, "", null), listener);
        rig.finish();
        return listener.finishes.get(0).trace().stream().mapToInt(Finish.Traced::token).toArray();
    }

    private static LoopRig rig(long model) {
        return new LoopRig(new ToyEngine(ToyEngine.shape(10, 200, 400), model, ToyEngine.Faults.NONE), LoopRig.SETTINGS);
    }
}
