package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How close the laws of the fast precisions are to float32's, on answers that float32 sampled. */
class AgreementTest {
    private static final int ANSWER = 160;
    private static final int CHAIN = 32;
    private static final List<String> QUESTIONS = List.of("Tell me about the history of bread.", "Write a Python function that sorts a list.",
            "What is photosynthesis?", "Give me a JSON object that describes a bicycle.", "Write a short story about a lighthouse.",
            "Explain how a computer stores numbers.", "List ten animals and what they eat.", "How do I bake an apple pie?",
            "Translate 'good morning' into five languages.", "What causes the tides?", "Write a poem about winter.",
            "Describe the water cycle.", "What is the difference between a virus and a bacterium?", "Write a letter to a friend about a journey.",
            "Explain recursion with an example in Java.", "Who was Marie Curie?");

    /** Top-1 agreement and mean Kullback-Leibler divergence from float32's law, in nats. */
    private static final class Tally {
        private final Engine engine;
        private int agree;
        private double divergence;

        Tally(Engine engine) {
            this.engine = engine;
        }

        void add(double[] exact, double[] fast) {
            agree += mostLikely(exact) == mostLikely(fast) ? 1 : 0;
            for (int id = 0; id < exact.length; id++) {
                divergence += exact[id] > 0 ? exact[id] * Math.log(exact[id] / fast[id]) : 0;
            }
        }

        private static int mostLikely(double[] law) {
            int best = 0;
            for (int id = 1; id < law.length; id++) {
                best = law[id] > law[best] ? id : best;
            }
            return best;
        }
    }

    @Test
    void fastPrecisionAgreesWithFloat32OverFiveThousandPositions() throws Exception {
        var float32 = RealEngines.float32();
        var tally = new Tally(RealEngines.fast());
        List<int[]> prompts = prompts();
        var answers = new ArrayList<Generation>();
        for (int i = 0; i < prompts.size(); i++) {
            answers.add(new Generation(float32, prompts.get(i), new Law(0.8f, 0, 1, 0, LogitEdits.NONE), i, ANSWER));
        }
        for (int first = 0; first < answers.size(); first += 16) {
            Generation.run(float32, answers.subList(first, first + 16), step -> 128);
        }

        int positions = 0;
        for (int i = 0; i < prompts.size(); i++) {
            int[] answer = answers.get(i).tokens().stream().mapToInt(t -> t).toArray();
            answers.get(i).close();
            try (var exact = float32.open(prompts.get(i).length + ANSWER); var fast = tally.engine.open(prompts.get(i).length + ANSWER)) {
                for (int done = 0; done < ANSWER; done += done == 0 ? 1 : Math.min(CHAIN, ANSWER - done)) {
                    int[] chain = done == 0 ? prompts.get(i) : Arrays.copyOfRange(answer, done - 1, Math.min(ANSWER, done + CHAIN) - 1);
                    List<double[]> expected = laws(float32, exact, chain, done == 0);
                    List<double[]> fastLaws = laws(tally.engine, fast, chain, done == 0);
                    for (int row = 0; row < expected.size(); row++, positions++) {
                        tally.add(expected.get(row), fastLaws.get(row));
                    }
                }
            }
        }

        assertThat(positions).isEqualTo(prompts.size() * ANSWER).isGreaterThanOrEqualTo(5000);
        double agreement = tally.agree / (double) positions;
        double divergence = tally.divergence / positions;
        System.out.printf("fast against float32: top-1 %d of %d positions, %.4f; mean KL %.2e%n", tally.agree, positions, agreement, divergence);
        assertThat(agreement).isGreaterThanOrEqualTo(0.999);
        assertThat(divergence).isLessThanOrEqualTo(0.0001);
    }

    /** Laws behind the last row of a prompt, or behind every row of a chain; the rows are kept. */
    private static List<double[]> laws(Engine engine, Region region, int[] tokens, boolean prompt) throws Exception {
        List<Want> wants = IntStream.range(prompt ? tokens.length - 1 : 0, tokens.length)
                .mapToObj(row -> (Want) new Want.Probabilities(row, new Law(1, 0, 1, 0, LogitEdits.NONE))).toList();
        var result = engine.step(new StepPlan(List.of(Segment.chain(region, prompt ? Role.PREFILL : Role.DECODE, tokens, wants))));
        region.keep(IntStream.range(0, tokens.length).toArray());
        return result.segments().getFirst().probabilities();
    }

    private static List<int[]> prompts() throws Exception {
        var prompts = new ArrayList<int[]>();
        try (var checkpoint = GgufCheckpoint.open(RealModel.path()); var tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
            for (int variant = 0; variant < 2; variant++) {
                for (String question : QUESTIONS) {
                    prompts.add(tokenizer.encode((variant == 0 ? "Question: " : "Please answer briefly. ") + question + "\nAnswer:"));
                }
            }
        }
        return prompts;
    }
}
