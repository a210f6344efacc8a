package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SuffixAnswersTest {
    private static final Strategy SUFFIX = Decodings.speculative(Map.of("draft", "suffix"));
    private final ToyEngine engine = new ToyEngine(ToyEngine.shape(10, 200, 2000), 3, ToyEngine.Faults.NONE);
    private final LoopRig rig = new LoopRig(engine, LoopRig.SETTINGS);

    @Test
    void loopingAnswerHasTheSameBytesInFewerSteps() {
        // A negative penalty rewards what was said before: the answer falls into a loop.
        SamplingParameters looping = new SamplingParameters(1, 0, 1, 0, -1, 0, 1, Map.of(ToyTokenizer.END, -100f));
        Requests request = aRequest().sampling(looping).maxTokens(100);
        RecordingListener standard = rig.submit(request);
        rig.finish();
        RecordingListener drafted = rig.submit(request.strategy(SUFFIX));
        rig.finish();

        Finish finish = drafted.finishes.get(0);
        assertThat(drafted.text(0)).isEqualTo(standard.text(0));
        assertThat(finish.report().draft()).isEqualTo("suffix");
        assertThat(finish.report().steps() + finish.report().accepted()).isEqualTo(finish.completionTokens() - 1);
        assertThat(finish.report().steps()).isLessThan(standard.finishes.get(0).report().steps() / 2);
    }

    @Test
    void regeneratedAnswerIsDraftedInItsScopeOnly() {
        Requests request = aRequest().prompt(1, 2, 3, 4).maxTokens(100).strategy(SUFFIX);

        Finish first = run(request, "a");
        Finish again = run(request, "a");
        Finish elsewhere = run(request, "b");
        run(request, null);
        Finish alone = run(request, null);

        assertThat(again.report().steps()).isLessThan(first.report().steps() / 2);
        assertThat(elsewhere.report()).isEqualTo(first.report());
        assertThat(alone.report()).isEqualTo(first.report());
    }

    @Test
    void answersAreTheSameWithAndWithoutWhateverIsRemembered() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            List<RecordingListener> standard = new ArrayList<>();
            List<RecordingListener> drafted = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                SamplingParameters sampling = new SamplingParameters(random.nextInt(3) / 2f, 0, 1, 0, random.nextInt(3) - 1,
                        random.nextInt(3) / 4f, 1, random.nextBoolean() ? Map.of(ToyTokenizer.END, -100f) : Map.of(3, 2f));
                Requests request = aRequest().prompt(random.ints(1 + random.nextInt(20), 1, 5).toArray()).choices(1 + random.nextInt(2))
                        .maxTokens(1 + random.nextInt(60)).sampling(sampling).seed(random.nextInt(3)).topLogprobs(random.nextInt(3) - 1);
                Strategy suffix = Decodings.speculative(Map.of("draft", "suffix", "max_draft", 1 + random.nextInt(64),
                        "max_depth", 2 + random.nextInt(30), "min_probability", random.nextInt(3) / 10.0, "factor", 0.5 + random.nextInt(3)));
                standard.add(rig.submit(request));
                drafted.add(submit(request.strategy(suffix), random.nextBoolean() ? "a" : null));
            }
            rig.finish();

            for (int i = 0; i < 4; i++) {
                assertThat(drafted.get(i).failure).as("seed %d, request %d", seed, i).isNull();
                assertThat(drafted.get(i).texts.toString()).as("seed %d, request %d", seed, i).isEqualTo(standard.get(i).texts.toString());
                assertThat(drafted.get(i).tokens).as("seed %d, request %d", seed, i).usingRecursiveComparison().isEqualTo(standard.get(i).tokens);
            }
        }
        assertThat(rig.counters.accepted.get()).isGreaterThan(1000);
    }

    private Finish run(Requests request, String memory) {
        RecordingListener listener = submit(request, memory);
        rig.finish();
        return listener.finishes.get(0);
    }

    private RecordingListener submit(Requests requests, String memory) {
        GenerationRequest r = requests.build();
        RecordingListener listener = new RecordingListener(r.choices());
        rig.submit(new GenerationRequest(r.id(), r.prompt(), r.choices(), r.maxTokens(), r.sampling(), r.seed(), r.topLogprobs(), r.stops(),
                r.strategy(), r.reason(), r.trace(), r.scope(), memory), listener);
        return listener;
    }
}
