package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.engine.Engine;
import dev.cadenza.engine.KvExhausted;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.StepResult;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Architecture;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.Weight;
import dev.cadenza.model.WeightName;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.Tokenizer;
import dev.cadenza.tokenizer.TokenizerSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The real model with itself, and with its own lower layers, as draft model: by equality the bytes are those of {@code standard}. */
class RealModelDraftTest {
    private static final int ANSWER = 48;
    private static final int FEW_LAYERS = 12;
    private static final SchedulerSettings SETTINGS = new SchedulerSettings(6, 100, 128, 24, 64, Duration.ofMinutes(5), Duration.ZERO, false, true);
    private static final SamplingParameters WARM = new SamplingParameters(0.8f, 0, 0.95f, 0, 0, 0, 1, Map.of());
    private static final List<String> PROMPTS = List.of("The three largest cities of France are",
            "def add(a, b):\n    return a + b\n\ndef sub(a, b):\n",
            "Once upon a time there was a fox beside a river. Every morning the fox went down to the water and looked at the fish. ".repeat(4));

    @Test
    void answersOfTheDefaultPrecisionAreThoseOfStandardWithEitherDraftModel() throws Exception {
        try (Checkpoint checkpoint = GgufCheckpoint.open(RealModel.path()); Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer())) {
            List<Requests> requests = new ArrayList<>();
            for (String prompt : PROMPTS) {
                for (SamplingParameters sampling : List.of(SamplingParameters.GREEDY, WARM)) {
                    requests.add(aRequest().prompt(tokenizer.encode(prompt)).maxTokens(ANSWER).sampling(sampling).topLogprobs(0));
                }
            }
            Strategy drafted = Decodings.speculative(Map.of("draft", "model"));
            Strategy rejected = Decodings.speculative(Map.of("draft", "model", "verify", "rejection"));

            List<RecordingListener> standard = null;
            for (Checkpoint small : List.of(new LowerLayers(checkpoint, FEW_LAYERS), checkpoint)) {
                List<RecordingListener> model;
                List<RecordingListener> byRejection;
                try (TorchEngine whole = engine(checkpoint); TorchEngine drafting = engine(small)) {
                    // Its clock stands still: what drafts cost is what was guessed, however busy the machine is.
                    var rig = new LoopRig(whole, new Cheap(drafting), tokenizer, SETTINGS);
                    standard = standard == null ? run(rig, requests) : standard;
                    model = run(rig, requests.stream().map(request -> request.strategy(drafted)).toList());
                    long tokens = rig.counters.drafted.get();
                    assertThat(tokens).isPositive();
                    assertThat(rig.counters.accepted.get()).isBetween(small == checkpoint ? tokens * 9 / 10 : 0, tokens);
                    byRejection = run(rig, requests.stream().map(request -> request.strategy(rejected)).toList());
                    assertThat(rig.counters.drafted.get()).isGreaterThan(tokens);
                }
                for (int i = 0; i < requests.size(); i++) {
                    assertThat(model.get(i).failure).isNull();
                    assertThat(model.get(i).text(0)).as("request %d", i).isNotEmpty().isEqualTo(standard.get(i).text(0));
                    assertThat(bits(model.get(i))).as("log-probabilities of request %d", i).isEqualTo(bits(standard.get(i)));
                    assertThat(byRejection.get(i).failure).isNull();
                    if (requests.get(i).sampling().temperature() == 0) {
                        assertThat(byRejection.get(i).text(0)).as("greedy rejection, request %d", i).isEqualTo(standard.get(i).text(0));
                    }
                }
            }
        }
    }

    private static TorchEngine engine(Checkpoint checkpoint) {
        long slotBytes = 1536L * checkpoint.architecture().layers();
        return TorchEngine.load(checkpoint, new EngineSettings(EngineSettings.Precision.FAST, 2, 2048 * slotBytes));
    }

    private static List<RecordingListener> run(LoopRig rig, List<Requests> together) {
        List<RecordingListener> listeners = together.stream().map(rig::submit).toList();
        rig.finish();
        return listeners;
    }

    private static List<List<Integer>> bits(RecordingListener listener) {
        return listener.tokens.get(0).stream().map(token -> List.of(token.token(), Float.floatToRawIntBits(token.logprob()))).toList();
    }

    /** A model cut off above some layers. */
    private record LowerLayers(Checkpoint whole, int layers) implements Checkpoint {
        @Override
        public Architecture architecture() {
            Architecture a = whole.architecture();
            return new Architecture(a.name(), layers, a.hidden(), a.heads(), a.kvHeads(), a.headDim(), a.feedForward(), a.vocabulary(), a.context(),
                    a.normEpsilon(), a.ropeTheta(), a.ropePairs(), a.tiedHead());
        }

        @Override
        public Weight weight(WeightName name) {
            return whole.weight(name);
        }

        @Override
        public boolean has(WeightName name) {
            return whole.has(name);
        }

        @Override
        public TokenizerSpec tokenizer() {
            return whole.tokenizer();
        }

        @Override
        public Optional<String> chatTemplate() {
            return whole.chatTemplate();
        }

        @Override
        public String sha256() {
            return whole.sha256();
        }

        @Override
        public void close() {
            // The whole is another's.
        }
    }

    /** Says that it is small, so that drafting on it seems to pay. */
    private record Cheap(Engine engine) implements Engine {
        @Override
        public Shape shape() {
            Shape s = engine.shape();
            return new Shape(s.layers(), 8, s.vocabulary(), s.context(), s.bytesPerSlot(), s.kvBytes(), s.prefillBlock(), s.rowInvariant());
        }

        @Override
        public Region open(int slots) throws KvExhausted {
            return engine.open(slots);
        }

        @Override
        public boolean couldOpen(int slots) {
            return engine.couldOpen(slots);
        }

        @Override
        public boolean couldOpen(int slots, Collection<Region> closed) {
            return engine.couldOpen(slots, closed);
        }

        @Override
        public StepResult step(StepPlan plan) throws StepFailed {
            return engine.step(plan);
        }

        @Override
        public long kvBytesUsed() {
            return engine.kvBytesUsed();
        }

        @Override
        public void close() {
            engine.close();
        }
    }
}
