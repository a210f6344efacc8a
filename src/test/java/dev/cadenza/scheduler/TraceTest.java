package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.decoding.momentum.Momentum;
import dev.cadenza.decoding.reflex.CyclicReflex;
import dev.cadenza.decoding.reflex.Wave;
import dev.cadenza.decoding.skip.DepthSchedule;
import dev.cadenza.decoding.skip.SkipDecode;
import dev.cadenza.decoding.speculative.EagerEarlyExit;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Sampled.Uncertainty;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TraceTest {
    private static final int LAYERS = 4;
    /** Of a draft model. */
    private static final Shape HALF_RIGHT = new Shape(1, 1, 10, 200, 64, 64L * 600, 4, true);
    /** One token comes always: its drafts are right. */
    private static final SamplingParameters MONOTONOUS = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of(0, -100f, 3, 100f));
    private static final SamplingParameters CUT = new SamplingParameters(0.8f, 6, 0.9f, 0.01f, 0.4f, 0.2f, 1.1f, Map.of(0, -100f));
    private static final DepthSchedule DEPTHS = new DepthSchedule(LAYERS, 4, 1, 0, 9);
    private static final List<Strategy> OF_THE_REQUESTS_LAW = List.of(new Standard(), new SkipDecode(DEPTHS),
            new Cntp(4, 0.01, 1, 5, Cntp.EntropyOn.RAW, Cntp.OnPressure.WAIT), EagerEarlyExit.exit(2, 3),
            Decodings.speculative(Map.of("draft", "prompt_lookup", "min_ngram", 1)), Decodings.speculative(Map.of("draft", "suffix")),
            Decodings.speculative(Map.of("draft", "token_recycling")), Decodings.speculative(Map.of("draft", "model")));
    private static final Strategy BY_REJECTION = Decodings.speculative(Map.of("draft", "model", "verify", "rejection", "siblings", 2));

    @Test
    void traceCountsWhatUsageAndTheReportCount() {
        int drafted = 0;
        int accepted = 0;
        for (int maxTokens = 1; maxTokens <= 40; maxTokens++) {
            Finish finish = finish(aRequest().sampling(maxTokens % 2 == 0 ? MONOTONOUS : Requests.ENDLESS).seed(maxTokens).maxTokens(maxTokens)
                    .strategy(Decodings.speculative(Map.of("draft", "prompt_lookup", "min_ngram", 1))).traced());

            assertThat(finish.trace()).hasSize(finish.completionTokens()).hasSize(maxTokens);
            assertThat(count(finish, Source.DRAFT)).isEqualTo(finish.accepted());
            assertThat(count(finish, Source.MODEL) + count(finish, Source.BONUS)).isEqualTo(maxTokens - finish.accepted());
            drafted += finish.drafted();
            accepted += finish.accepted();
        }
        assertThat(accepted).isPositive().isLessThan(drafted);
    }

    @Test
    void standardDrawsEveryTokenByTheModelAndNobodyIsTracedUnasked() {
        Finish finish = finish(aRequest().strategy(new Standard()).traced());

        assertThat(count(finish, Source.MODEL)).isEqualTo(finish.completionTokens());
        assertThat(finish(aRequest().build()).trace()).isEmpty();
    }

    @Test
    void entropiesAreThoseOfTheLawBehindTheTokensBefore() {
        for (SamplingParameters sampling : List.of(Requests.ENDLESS, CUT, new SamplingParameters(0, 0, 1, 0, 0, 0, 1, Map.of(0, -100f)))) {
            for (Strategy strategy : OF_THE_REQUESTS_LAW) {
                GenerationRequest request = aRequest().sampling(sampling).maxTokens(25).strategy(strategy).traced();
                assertEntropies(request, finish(request));
            }
        }
        int kept = 0;
        for (int seed = 0; seed < 10; seed++) {
            GenerationRequest rejecting = aRequest().sampling(CUT).seed(seed).maxTokens(25).strategy(BY_REJECTION).traced();
            Finish finish = finish(rejecting);
            assertEntropies(rejecting, finish);
            kept += finish.accepted();
        }
        assertThat(kept).isPositive();
    }

    private static void assertEntropies(GenerationRequest request, Finish finish) {
        ToyEngine engine = engine();
        List<Integer> said = new ArrayList<>();
        int unsure = 0;
        assertThat(finish.trace()).hasSize(25);
        for (Finish.Traced traced : finish.trace()) {
            Uncertainty expected = PlainAnswer.next(request, 0, said, 0, engine).uncertainty();
            assertThat(traced.entropy()).as("%s, token %d", request.strategy(), said.size()).isCloseTo(expected.entropy(), within(1e-9));
            assertThat(traced.rawEntropy()).isCloseTo(expected.rawEntropy(), within(1e-9)).isPositive();
            assertThat(traced.entropy() == 0 || request.sampling().temperature() > 0).as("a greedy law is sure").isTrue();
            unsure += traced.entropy() > 0 ? 1 : 0;
            said.add(traced.token());
        }
        assertThat(unsure > 0).isEqualTo(request.sampling().temperature() > 0);
    }

    @Test
    void layersAreTheDepthOfTheRowThatDrewTheTokenAndAddUpToTheReport() {
        Finish skipping = finish(aRequest().maxTokens(25).strategy(new SkipDecode(DEPTHS)).traced());

        for (int i = 0; i < 25; i++) {
            assertThat(skipping.trace().get(i).layers()).as("token %d", i).isEqualTo(i == 0 ? LAYERS : DEPTHS.depth(i - 1));
        }
        assertThat(skipping.trace().stream().mapToLong(Finish.Traced::layers).sum()).isEqualTo(skipping.report().layersRun()).isLessThan(25 * LAYERS);
        assertThat(finish(aRequest().maxTokens(25).strategy(EagerEarlyExit.exit(2, 3)).traced()).trace()).extracting(Finish.Traced::layers)
                .as("a draft counts as verified").containsOnly(LAYERS);
    }

    @Test
    void aTracedAnswerIsTheUntracedOne() {
        List<Strategy> strategies = new ArrayList<>(OF_THE_REQUESTS_LAW);
        strategies.add(BY_REJECTION);
        strategies.add(new CyclicReflex(new Wave(4, 20), List.of(2, 3), -1));
        for (int topLogprobs = -1; topLogprobs < 3; topLogprobs++) {
            for (Strategy strategy : strategies) {
                assertTracedAsUntraced(aRequest().sampling(CUT).maxTokens(30).topLogprobs(topLogprobs).strategy(strategy));
            }
            assertTracedAsUntraced(aRequest().sampling(SamplingParameters.GREEDY).maxTokens(30).topLogprobs(topLogprobs)
                    .strategy(new Momentum(0.2, 5, true)));
        }
    }

    private static void assertTracedAsUntraced(Requests request) {
        RecordingListener plain = run(request.build());
        RecordingListener traced = run(request.traced());

        assertThat(traced.text(0)).as("%s", request).isEqualTo(plain.text(0));
        assertThat(traced.tokens.get(0)).usingRecursiveComparison().isEqualTo(plain.tokens.get(0));
        assertThat(traced.finishes.get(0).report()).isEqualTo(plain.finishes.get(0).report());
    }

    private static long count(Finish finish, Source source) {
        return finish.trace().stream().filter(traced -> traced.source() == source).count();
    }

    private static Finish finish(GenerationRequest request) {
        return run(request).finishes.get(0);
    }

    private static RecordingListener run(GenerationRequest request) {
        var rig = new LoopRig(engine(), new ToyEngine(HALF_RIGHT, 3, ToyEngine.Faults.NONE), LoopRig.SETTINGS);
        var listener = new RecordingListener(1);
        rig.submit(request, listener);
        rig.finish();
        return listener;
    }

    private static ToyEngine engine() {
        return new ToyEngine(ToyEngine.shape(10, 200, 600), 3, ToyEngine.Faults.NONE);
    }
}
