package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.engine.ChiSquare;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LawProbabilities;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Rejection end to end: the law of an answer's second and third token, both of which are drafted, by a model that is half right. */
class RejectionLawTest {
    private static final int ANSWERS = 12_000;
    private static final int VOCABULARY = 10;
    private static final int[] PROMPT = {1, 2, 3, 1, 2};
    /** Above it once in a million runs. */
    private static final double SIGNIFICANT = 4.75;

    private final ToyEngine draft = new ToyEngine(new Shape(1, 1, VOCABULARY, 200, 64, 64L * 600, 4, true), 3, ToyEngine.Faults.NONE);

    private static ToyEngine target() {
        return new ToyEngine(ToyEngine.shape(VOCABULARY, 200, 600), 3, ToyEngine.Faults.NONE);
    }

    @Test
    void pairsOfTokensFollowTheTargetLawWithOneCandidateAndWithSeveral() {
        SamplingParameters whole = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of(ToyTokenizer.END, -100f));
        SamplingParameters cut = new SamplingParameters(1.5f, 0, 0.8f, 0, 0, 0, 1, Map.of(ToyTokenizer.END, -100f));
        for (SamplingParameters sampling : List.of(whole, cut)) {
            for (int siblings : new int[] {1, 2}) {
                int[] counts = pairs(sampling, siblings);

                double[] law = law(target(), sampling);
                assertThat(ChiSquare.deviate(counts, law)).as("%d siblings, %s", siblings, sampling).isLessThan(SIGNIFICANT);
                double[] wrong = law(draft, sampling);
                assertThat(ChiSquare.deviate(counts, wrong)).as("the draft model's law is told apart").isGreaterThan(SIGNIFICANT);
            }
        }
    }

    /** Counts of (second token, third token). */
    private int[] pairs(SamplingParameters sampling, int siblings) {
        LoopRig rig = new LoopRig(target(), draft, LoopRig.SETTINGS);
        List<RecordingListener> listeners = new ArrayList<>();
        for (int seed = 0; seed < ANSWERS; seed++) {
            listeners.add(rig.submit(aRequest().prompt(PROMPT).sampling(sampling).seed(seed).maxTokens(5).topLogprobs(0).strategy(
                    Decodings.speculative(Map.of("draft", "model", "verify", "rejection", "siblings", siblings)))));
            if (seed % 8 == 7) {
                rig.finish();
            }
        }
        int[] counts = new int[VOCABULARY * VOCABULARY];
        for (RecordingListener listener : listeners) {
            List<TokenLogprob> tokens = listener.tokens.get(0);
            counts[tokens.get(1).token() * VOCABULARY + tokens.get(2).token()]++;
        }
        long drafted = rig.counters.drafted.get();
        assertThat(drafted).as("most of these tokens were drafted").isGreaterThan(ANSWERS);
        assertThat(rig.counters.accepted.get()).isBetween(drafted / 10, drafted - drafted / 10);
        assertThat(draft.kvBytesUsed()).isZero();
        return counts;
    }

    private static double[] law(ToyEngine model, SamplingParameters sampling) {
        double[] law = new double[VOCABULARY * VOCABULARY];
        double[] first = next(model, sampling);
        for (int one = 0; one < VOCABULARY; one++) {
            if (first[one] > 0) {
                double[] second = next(model, sampling, one);
                for (int two = 0; two < VOCABULARY; two++) {
                    if (second[two] > 0) {
                        double[] third = next(model, sampling, one, two);
                        for (int three = 0; three < VOCABULARY; three++) {
                            law[two * VOCABULARY + three] += first[one] * second[two] * third[three];
                        }
                    }
                }
            }
        }
        return law;
    }

    private static double[] next(ToyEngine model, SamplingParameters sampling, int... said) {
        int[] known = IntStream.concat(IntStream.of(PROMPT), IntStream.of(said)).toArray();
        Role[] roles = new Role[known.length];
        Arrays.fill(roles, Role.DECODE);
        Arrays.fill(roles, 0, PROMPT.length, Role.PREFILL);
        LogitEdits edits = new LogitEdits(new int[] {ToyTokenizer.END}, new float[] {1}, new float[] {-100});
        return LawProbabilities.of(model.logits(known, roles), new Law(sampling.temperature(), 0, sampling.topP(), 0, edits));
    }
}
