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

        void assertClose(String name, int positions, double leastAgreement, double mostDivergence) {
            double agreement = agree / (double) positions;
            System.out.printf("%s, fast against float32: top-1 %d of %d positions, %.4f; mean KL %.2e%n", name, agree, positions, agreement, divergence / positions);
            assertThat(agreement).as(name).isGreaterThanOrEqualTo(leastAgreement);
            assertThat(divergence / positions).as(name).isLessThanOrEqualTo(mostDivergence);
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
        List<int[]> prompts = prompts();
        var answers = new ArrayList<Generation>();
        for (int i = 0; i < prompts.size(); i++) {
            answers.add(new Generation(float32, prompts.get(i), new Law(0.8f, 0, 1, 0, LogitEdits.NONE), i, ANSWER));
        }
        for (int first = 0; first < answers.size(); first += 16) {
            Generation.run(float32, answers.subList(first, first + 16), step -> 128);
        }

        var decoded = new Tally(RealEngines.fast());
        var prefilled = new Tally(RealEngines.fast());
        int positions = 0;
        for (int i = 0; i < prompts.size(); i++) {
            int[] prompt = prompts.get(i);
            int[] answer = answers.get(i).tokens().stream().mapToInt(t -> t).toArray();
            answers.get(i).close();
            List<double[]> expected = laws(float32, prompt, answer, CHAIN);
            List<double[]> asNextTokens = laws(decoded.engine, prompt, answer, CHAIN);
            List<double[]> asPrompt = laws(prefilled.engine, prompt, answer, 0);
            for (int row = 0; row < expected.size(); row++, positions++) {
                decoded.add(expected.get(row), asNextTokens.get(row));
                prefilled.add(expected.get(row), asPrompt.get(row));
            }
        }

        assertThat(positions).isEqualTo(prompts.size() * ANSWER).isGreaterThanOrEqualTo(5000);
        // Inputs may have sixteen bits; or prompts' eight, and then the prompt before an answer's next tokens, too.
        String kernels = RealEngines.fast().kernels();
        boolean inBytes = kernels.contains(" in 8 bits");
        double rounding = kernels.contains(" in 16 bits") ? 1e-5 : 1e-8;
        decoded.assertClose("answers as next tokens", positions, inBytes ? 0.99 : 0.999, inBytes ? 2e-4 : rounding);
        prefilled.assertClose("answers as prompts", positions, inBytes ? 0.983 : 0.999, inBytes ? 7e-4 : rounding);
    }

    /**
     * Laws behind a prompt and all tokens of its answer but the last.
     *
     * @param chain next tokens of a step; 0: the answer is of the prompt
     */
    private static List<double[]> laws(Engine engine, int[] prompt, int[] answer, int chain) throws Exception {
        var laws = new ArrayList<double[]>();
        try (Region region = engine.open(prompt.length + answer.length)) {
            int first = chain == 0 ? answer.length - 1 : 0;
            int[] whole = Arrays.copyOf(prompt, prompt.length + first);
            System.arraycopy(answer, 0, whole, prompt.length, first);
            laws.addAll(laws(engine, region, Role.PREFILL, whole, prompt.length - 1));
            for (int done = first; done < answer.length - 1; done += chain) {
                laws.addAll(laws(engine, region, Role.DECODE, Arrays.copyOfRange(answer, done, Math.min(answer.length - 1, done + chain)), 0));
            }
        }
        return laws;
    }

    /** Laws behind a segment's rows from the first wanted one on; the rows are kept. */
    private static List<double[]> laws(Engine engine, Region region, Role role, int[] tokens, int first) throws Exception {
        List<Want> wants = IntStream.range(first, tokens.length).mapToObj(row -> (Want) new Want.Probabilities(row, new Law(1, 0, 1, 0, LogitEdits.NONE))).toList();
        var result = engine.step(new StepPlan(List.of(Segment.chain(region, role, tokens, wants))));
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
