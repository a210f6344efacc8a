package dev.cadenza.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Sampled;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our float32 mode against the results that Hugging Face's transformers gives for the same weights. */
class ReferenceLogitsTest {

    static Stream<Map.Entry<String, JsonNode>> cases() throws Exception {
        try (var json = ReferenceLogitsTest.class.getResourceAsStream("/engine/smollm2-135m-instruct.float32.json")) {
            return new ObjectMapper().readTree(json).get("cases").properties().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void greedyIdsAndTopLogprobsAreTheReferences(Map.Entry<String, JsonNode> entry) throws Exception {
        int[] prompt = ints(entry.getValue().get("prompt_ids"));
        int[] expected = ints(entry.getValue().get("greedy_ids"));
        var engine = RealEngines.float32();
        try (Region region = engine.open(prompt.length + expected.length)) {
            for (int i = 0; i < expected.length; i++) {
                int[] input = i == 0 ? prompt : new int[] {expected[i - 1]};
                var want = new Want.Sample(input.length - 1, Law.GREEDY, new Draw(0, 0, 0, 0), 20);

                Sampled sampled = engine.step(new StepPlan(List.of(Segment.chain(region, i == 0 ? Role.PREFILL : Role.DECODE, input, List.of(want)))))
                        .segments().getFirst().samples().getFirst();
                region.keep(IntStream.range(0, input.length).toArray());

                assertThat(sampled.token()).as("token %d", i).isEqualTo(expected[i]);
                var logprobs = new TreeMap<Integer, Float>();
                IntStream.range(0, 20).forEach(k -> logprobs.put(sampled.topTokens()[k], sampled.topLogprobs()[k]));
                JsonNode step = entry.getValue().get("steps").get(i);
                for (int k = 0; k < step.get("top_ids").size(); k++) {
                    assertThat(logprobs.get(step.get("top_ids").get(k).asInt())).as("token %d, rank %d", i, k).isNotNull()
                            .isCloseTo((float) step.get("top_logprobs").get(k).asDouble(), within(2e-3f));
                }
            }
        }
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }
}
