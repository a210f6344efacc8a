package dev.cadenza.scheduler;

import static dev.cadenza.scheduler.Requests.aRequest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Turn.Source;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TraceTest {
    /** One token comes always: its drafts are right. */
    private static final SamplingParameters MONOTONOUS = new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of(0, -100f, 3, 100f));

    @Test
    void traceCountsWhatUsageAndTheReportCount() {
        int drafted = 0;
        int accepted = 0;
        for (int maxTokens = 1; maxTokens <= 40; maxTokens++) {
            Finish finish = finish(aRequest().sampling(maxTokens % 2 == 0 ? MONOTONOUS : Requests.ENDLESS).seed(maxTokens).maxTokens(maxTokens)
                    .strategy(Decodings.speculative(Map.of("draft", "prompt_lookup", "min_ngram", 1))), true);

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
        Finish finish = finish(aRequest().strategy(new Standard()), true);

        assertThat(count(finish, Source.MODEL)).isEqualTo(finish.completionTokens());
        assertThat(finish(aRequest(), false).trace()).isEmpty();
    }

    private static long count(Finish finish, Source source) {
        return finish.trace().stream().filter(traced -> traced.source() == source).count();
    }

    private static Finish finish(Requests request, boolean trace) {
        GenerationRequest plain = request.build();
        var rig = new LoopRig(new ToyEngine(ToyEngine.shape(10, 200, 600), 3, ToyEngine.Faults.NONE), LoopRig.SETTINGS);
        var listener = new RecordingListener(1);
        rig.submit(new GenerationRequest(plain.id(), plain.prompt(), 1, plain.maxTokens(), plain.sampling(), plain.seed(), plain.topLogprobs(),
                List.of(), plain.strategy(), plain.reason(), trace, plain.scope(), plain.memory()), listener);
        rig.finish();
        return listener.finishes.get(0);
    }
}
