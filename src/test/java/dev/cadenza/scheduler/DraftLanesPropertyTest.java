package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.Shape;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Random lives of a batch with a draft model, right or wrong, with little memory, failing: each answer is the one that its request gets alone, and
 * neither engine keeps anything.
 */
class DraftLanesPropertyTest {
    private static final int LIVES = 200;
    private static final int CONTEXT = 160;

    @Test
    void everyAnswerIsTheOneItsRequestGetsAlone() {
        Long only = Long.getLong("cadenza.seed");
        Met met = new Met();
        for (long seed = only == null ? 0 : only; seed < (only == null ? LIVES : only + 1); seed++) {
            try {
                new Life(seed, met).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("repeat: ./mvnw test -Dtest=DraftLanesPropertyTest -Dcadenza.seed=" + seed, e);
            }
        }

        if (only == null) {
            assertThat(met.answers).isGreaterThan(5 * LIVES);
            assertThat(met.drafted).isGreaterThan(10 * LIVES);
            assertThat(met.accepted).isBetween(5L * LIVES, met.drafted);
            assertThat(met.preemptions).isGreaterThan(LIVES / 4);
            assertThat(met.failedDrafts).isGreaterThan(LIVES / 4);
            assertThat(met.cancelled).isGreaterThan(LIVES / 4);
        }
    }

    private static final class Met {
        int answers;
        long drafted;
        long accepted;
        int preemptions;
        int failedDrafts;
        int cancelled;
    }

    private record Client(GenerationRequest request, ActiveRequest ticket, RecordingListener listener) {
    }

    private static final class Life implements ToyEngine.Faults {
        private final Random random;
        private final Met met;
        private final ToyEngine engine;
        private final ToyEngine draft;
        private final LoopRig rig;
        private final double faults;
        private final List<Client> clients = new ArrayList<>();

        Life(long seed, Met met) {
            this.random = new Random(seed);
            this.met = met;
            this.engine = new ToyEngine(ToyEngine.shape(10, CONTEXT, CONTEXT + random.nextInt(160)), seed, ToyEngine.Faults.NONE);
            int context = random.nextInt(4) == 0 ? 60 : CONTEXT;
            Shape small = new Shape(1 + random.nextInt(4), 1, 10, context, 64, 64L * (20 + random.nextInt(500)), 4, true);
            this.draft = new ToyEngine(small, random.nextInt(4) == 0 ? seed + 1 : seed, this);
            this.faults = random.nextInt(3) == 0 ? 0.03 : 0;
            this.rig = new LoopRig(engine, draft, new SchedulerSettings(1 + random.nextInt(7), 1000, 1 + random.nextInt(40), random.nextInt(24),
                    1 + random.nextInt(32), Duration.ofDays(1), Duration.ZERO, false, random.nextBoolean()));
        }

        void run() {
            int wanted = 5 + random.nextInt(8);
            while (clients.size() < wanted || rig.busy()) {
                if (clients.size() < wanted && (!rig.busy() || random.nextInt(3) == 0)) {
                    submit();
                }
                Client some = clients.get(random.nextInt(clients.size()));
                if (random.nextInt(60) == 0 && !some.listener().over()) {
                    rig.cancel(some.ticket(), some.listener());
                    met.cancelled++;
                }
                int waiting = rig.inbox.waiting();
                rig.round();
                met.preemptions += Math.max(0, rig.inbox.waiting() - waiting);
                assertThat(rig.counters.steps.get()).as("steps: no livelock").isLessThan(50_000);
            }
            assertThat(draft.kvBytesUsed()).as("draft KV bytes left").isZero();
            assertThat(engine.kvBytesUsed()).as("KV bytes left").isEqualTo(rig.counters.keptBytes());
            clients.forEach(this::check);
            met.drafted += rig.counters.drafted.get();
            met.accepted += rig.counters.accepted.get();
        }

        private void check(Client client) {
            assertThat(client.listener().failure).isNull();
            for (int choice = 0; choice < client.request().choices(); choice++) {
                Finish finish = client.listener().finishes.get(choice);
                if (finish == null) {
                    assertThat(client.listener().cancelled).isTrue();
                } else if (client.request().strategy().guarantee() == Strategy.Guarantee.LOSSLESS || client.request().sampling().temperature() == 0) {
                    PlainAnswer alone = PlainAnswer.of(client.request(), choice, engine, new ToyTokenizer());
                    assertThat(client.listener().text(choice)).as("%s", client.request().strategy()).isEqualTo(alone.text());
                    assertThat(finish.reason()).isEqualTo(alone.reason());
                    assertThat(finish.completionTokens()).isEqualTo(alone.tokens().length).isEqualTo(finish.report().tokens());
                    List<TokenLogprob> told = client.listener().tokens.getOrDefault(choice, List.of());
                    for (int i = 0; i < told.size(); i++) {
                        assertThat(told.get(i).token()).isEqualTo(alone.tokens()[i]);
                        assertThat(Math.abs(told.get(i).logprob() - alone.logprobs().get(i))).isLessThan(1e-5f);
                        assertThat(told.get(i).topTokens()).hasSize(client.request().topLogprobs());
                    }
                }
                met.answers += finish == null ? 0 : 1;
            }
        }

        private void submit() {
            int[] prompt = random.ints(1 + random.nextInt(100), 0, 9).toArray();
            List<String> stops = random.nextInt(4) == 0 ? List.of(List.of("ab", "cc", " b", "dec").get(random.nextInt(4))) : List.of();
            GenerationRequest request = new GenerationRequest("r" + clients.size(), prompt, 1 + random.nextInt(2), 1 + random.nextInt(50), sampling(),
                    random.nextLong(), random.nextInt(4) - 1, stops, strategy(), "request", false, "", null);
            RecordingListener listener = new RecordingListener(request.choices());
            clients.add(new Client(request, rig.submit(request, listener), listener));
        }

        private Strategy strategy() {
            return switch (random.nextInt(6)) {
                case 0 -> new Standard();
                case 1 -> Decodings.speculative(Map.of());
                case 2 -> Decodings.speculative(Map.of("draft", "model", "verify", "rejection", "siblings", 1 + random.nextInt(4)));
                default -> Decodings.speculative(Map.of("draft", "model", "max_draft", 1 + random.nextInt(16)));
            };
        }

        private SamplingParameters sampling() {
            boolean penalties = random.nextInt(3) == 0;
            return new SamplingParameters(random.nextInt(3) == 0 ? 0 : 0.2f + random.nextFloat(), random.nextInt(4) == 0 ? 1 + random.nextInt(12) : 0,
                    random.nextInt(4) == 0 ? 0.5f + random.nextFloat() / 2 : 1, random.nextInt(4) == 0 ? 0.1f : 0,
                    penalties ? random.nextFloat() - 0.5f : 0, penalties ? random.nextFloat() - 0.5f : 0, penalties ? 1.2f : 1,
                    Map.of(ToyTokenizer.END, -4f));
        }

        @Override
        public void before(StepPlan plan) throws StepFailed {
            if (random.nextDouble() < faults) {
                met.failedDrafts++;
                throw new StepFailed("draft fault", null, random.nextBoolean() ? Set.of(0) : Set.of());
            }
        }

        @Override
        public boolean spoils(Segment segment) {
            boolean spoils = random.nextDouble() < faults;
            met.failedDrafts += spoils ? 1 : 0;
            return spoils;
        }
    }
}
