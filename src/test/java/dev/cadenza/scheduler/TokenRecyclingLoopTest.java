package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Token recycling in the batch, against {@code standard}. */
class TokenRecyclingLoopTest {
    private int branchedSteps;

    private final ToyEngine engine = new ToyEngine(ToyEngine.shape(10, 200, 2000), 3, new ToyEngine.Faults() {
        @Override
        public void before(StepPlan plan) throws StepFailed {
            branchedSteps += plan.segments().stream().anyMatch(segment -> segment.input() instanceof Input.Tokens tokens && branched(tokens)) ? 1 : 0;
        }
    });

    private static boolean branched(Input.Tokens tokens) {
        return IntStream.range(0, tokens.rows()).anyMatch(row -> tokens.parents()[row] != row - 1);
    }

    @Test
    void answersAndTheirLogprobsAreThoseOfStandardInFewerSteps() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        int steps = 0;
        int standardSteps = 0;
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            Requests request = aRequest().prompt(random.ints(1 + random.nextInt(20), 1, 9).toArray()).maxTokens(10 + random.nextInt(120))
                    .sampling(sampling(random)).seed(seed).topLogprobs(new int[] {-1, 0, 3, 20}[seed % 4]);
            Strategy drafting = Decodings.speculative(Map.of("draft", "token_recycling", "max_draft", 1 + random.nextInt(24), "max_depth",
                    1 + random.nextInt(6), "scope", random.nextInt(4) == 0 ? "request" : "shared"));
            RecordingListener standard = rig.submit(request);
            rig.finish();
            RecordingListener drafted = new RecordingListener(1);
            rig.submit(remembered(request.strategy(drafting).build()), drafted);

            rig.finish();

            Finish finish = drafted.finishes.get(0);
            assertThat(drafted.failure).as("seed %d", seed).isNull();
            assertThat(drafted.text(0)).as("seed %d", seed).isEqualTo(standard.text(0));
            assertThat(drafted.tokens).as("seed %d", seed).usingRecursiveComparison().isEqualTo(standard.tokens);
            assertThat(finish.completionTokens()).as("seed %d", seed).isEqualTo(standard.finishes.get(0).completionTokens());
            assertThat(finish.reason()).as("seed %d", seed).isEqualTo(standard.finishes.get(0).reason());
            steps += finish.report().steps();
            standardSteps += standard.finishes.get(0).report().steps();
        }

        assertThat(rig.counters.accepted.get()).isGreaterThan(150);
        assertThat(branchedSteps).as("trees, not only chains").isGreaterThan(100);
        assertThat(steps).isLessThan(standardSteps * 97 / 100);
        assertThat(engine.kvBytesUsed()).isEqualTo(rig.counters.keptBytes());
    }

    @Test
    void aScopeLearnsWhichSuccessorsItsAnswersTake() {
        // Forced on every draw, token 3 is not what the model names first behind a 3.
        SamplingParameters forced = new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(3, 100f));
        Requests request = aRequest().prompt(1, 2).maxTokens(150).sampling(forced)
                .strategy(Decodings.speculative(Map.of("draft", "token_recycling", "max_depth", 4)));
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        int[] steps = new int[4];
        for (int i = 0; i < steps.length; i++) {
            RecordingListener listener = new RecordingListener(1);
            rig.submit(remembered(request.build()), listener);
            rig.finish();
            assertThat(listener.text(0)).isEqualTo("c".repeat(150));
            steps[i] = listener.finishes.get(0).report().steps();
        }

        assertThat(steps[3]).as("steps per answer: %s", Arrays.toString(steps)).isLessThan(50).isLessThan(steps[0]);
    }

    @Test
    void choicesOfOneRequestShareATableAndStayWhatTheyAre() {
        LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);
        Requests request = aRequest().choices(4).maxTokens(80).topLogprobs(2);
        RecordingListener standard = rig.submit(request);
        RecordingListener drafted = rig.submit(request.strategy(Decodings.speculative(Map.of("draft", "token_recycling"))));

        rig.finish();

        for (int choice = 0; choice < 4; choice++) {
            assertThat(drafted.text(choice)).isEqualTo(standard.text(choice));
        }
        assertThat(drafted.tokens).usingRecursiveComparison().isEqualTo(standard.tokens);
    }

    private static SamplingParameters sampling(Random random) {
        float temperature = random.nextInt(3) == 0 ? 0 : 0.2f + random.nextFloat();
        // The toy's text depends on two tokens, the table on one: only where a penalty below 0 makes it loop can much of it be foreseen.
        float penalty = random.nextBoolean() ? -0.5f - random.nextFloat() : random.nextInt(3) == 0 ? random.nextFloat() : 0;
        Map<Integer, Float> bias = random.nextBoolean() ? Map.of(ToyTokenizer.END, -100f)
                : Map.of(ToyTokenizer.END, -100f, 1 + random.nextInt(8), random.nextFloat() * 8 - 4);
        return new SamplingParameters(temperature, 0, random.nextInt(4) == 0 ? 0.8f : 1, 0, penalty, random.nextInt(3) == 0 ? 0.3f : 0,
                random.nextInt(4) == 0 ? 1.2f : 1, bias);
    }

    /** In a scope whose answers are remembered. */
    private static GenerationRequest remembered(GenerationRequest r) {
        return new GenerationRequest(r.id(), r.prompt(), r.choices(), r.maxTokens(), r.sampling(), r.seed(), r.topLogprobs(), r.stops(), r.strategy(),
                r.reason(), r.trace(), r.scope(), "all");
    }
}
