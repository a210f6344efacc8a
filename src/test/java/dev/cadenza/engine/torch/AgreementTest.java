package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How often the default mode's most likely token is float32's, on answers that float32 sampled. */
class AgreementTest {
    private static final int ANSWER = 160;
    private static final int CHAIN = 32;
    private static final List<String> QUESTIONS = List.of("Tell me about the history of bread.", "Write a Python function that sorts a list.",
            "What is photosynthesis?", "Give me a JSON object that describes a bicycle.", "Write a short story about a lighthouse.",
            "Explain how a computer stores numbers.", "List ten animals and what they eat.", "How do I bake an apple pie?",
            "Translate 'good morning' into five languages.", "What causes the tides?", "Write a poem about winter.",
            "Describe the water cycle.", "What is the difference between a virus and a bacterium?", "Write a letter to a friend about a journey.",
            "Explain recursion with an example in Java.", "Who was Marie Curie?");

    @Test
    void topTokenAgreesWithFloat32AtLeast98TimesInAHundredOverFiveThousandPositions() throws Exception {
        var float32 = RealEngines.float32();
        var fast = RealEngines.fast();
        var prompts = new ArrayList<int[]>();
        try (var checkpoint = GgufCheckpoint.open(RealModel.path()); var tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
            for (int variant = 0; variant < 2; variant++) {
                for (String question : QUESTIONS) {
                    prompts.add(tokenizer.encode((variant == 0 ? "Question: " : "Please answer briefly. ") + question + "\nAnswer:"));
                }
            }
        }
        var exact = new ArrayList<Generation>();
        var compared = new ArrayList<Generation>();
        for (int i = 0; i < prompts.size(); i++) {
            exact.add(new Generation(float32, prompts.get(i), new Law(0.8f, 0, 1, 0, LogitEdits.NONE), i, ANSWER));
            compared.add(new Generation(fast, prompts.get(i), Law.GREEDY, i, ANSWER));
        }
        for (int first = 0; first < exact.size(); first += 16) {
            Generation.run(float32, exact.subList(first, first + 16), step -> 128);
        }

        for (int i = 0; i < compared.size(); i++) {
            int[] answer = exact.get(i).tokens().stream().mapToInt(t -> t).toArray();
            while (!compared.get(i).done()) {
                Generation.step(fast, List.of(compared.get(i)), List.of(compared.get(i).next(128, CHAIN, answer)));
            }
        }

        int agree = 0;
        int positions = 0;
        for (int i = 0; i < compared.size(); i++) {
            for (int k = 0; k < ANSWER; k++, positions++) {
                agree += compared.get(i).samples.get(k).topTokens()[0] == exact.get(i).samples.get(k).topTokens()[0] ? 1 : 0;
            }
            compared.get(i).close();
            exact.get(i).close();
        }
        System.out.printf("top-1 agreement of the default mode with float32: %d of %d positions, %.4f%n", agree, positions, agree / (double) positions);
        assertThat(positions).isGreaterThanOrEqualTo(5000);
        assertThat(agree / (double) positions).isGreaterThanOrEqualTo(0.98);
    }
}
