package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.cntp.Cntp;
import dev.cadenza.decoding.difficulty.Difficulty;
import dev.cadenza.decoding.difficulty.OpenRoutes;
import dev.cadenza.decoding.skip.DepthSchedule;
import dev.cadenza.decoding.skip.SkipDecode;
import dev.cadenza.decoding.speculative.EagerEarlyExit;
import dev.cadenza.decoding.speculative.ExampleDrafts;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Input;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepFailed;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.ToyTokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Random lives of a batch: whatever the mix, order, chunks, cancellations, slow clients, preemptions, failing steps, shared and evicted prefixes, each
 * answer is the one that its request gets alone. Tiny alphabet, so that prefixes and n-grams collide.
 */
class SchedulerPropertyTest {
    private static final int LIVES = 400;
    private static final int CONTEXT = 80;
    private static final int MOST_MORE = 15;

    @Test
    void everyAnswerIsTheOneItsRequestGetsAlone() {
        Long only = Long.getLong("cadenza.seed");
        Tally tally = new Tally();
        for (long seed = only == null ? 0 : only; seed < (only == null ? LIVES : only + 1); seed++) {
            try {
                new Life(seed, tally).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("repeat: ./mvnw test -Dtest=SchedulerPropertyTest -Dcadenza.seed=" + seed, e);
            }
        }

        if (only == null) {
            // The lives must have met all that they are about.
            assertThat(tally.answers).isGreaterThan(10 * LIVES);
            assertThat(tally.preemptions).isGreaterThan(LIVES / 2);
            assertThat(tally.cancelled).isGreaterThan(LIVES / 2);
            assertThat(tally.failed).isGreaterThan(LIVES / 10);
            assertThat(tally.failedSteps).isGreaterThan(LIVES);
            assertThat(tally.accepted).isGreaterThan(LIVES);
            assertThat(tally.stalled).isGreaterThan(LIVES);
            assertThat(tally.byStop).isGreaterThan(LIVES / 10);
            assertThat(tally.byEnd).isGreaterThan(LIVES / 2);
            assertThat(tally.reused).isGreaterThan(20 * LIVES);
            assertThat(tally.cached).isGreaterThan(10 * LIVES);
            assertThat(tally.gaveWay).isGreaterThan(LIVES);
            assertThat(tally.trials).isGreaterThan(LIVES);
            assertThat(IntStream.of(tally.routes).min().orElseThrow()).as("answers of each class").isGreaterThan(LIVES / 20);
            assertThat(tally.byStopAmongTrials).isGreaterThan(LIVES / 20);
            assertThat(tally.traced).isGreaterThan(5 * LIVES);
        }
    }

    private static final class Tally {
        int answers;
        int preemptions;
        int cancelled;
        int failed;
        int failedSteps;
        long accepted;
        int stalled;
        int byStop;
        int byEnd;
        long reused;
        int cached;
        int gaveWay;
        int trials;
        final int[] routes = new int[3];
        int byStopAmongTrials;
        int traced;
    }

    private record Client(GenerationRequest request, ActiveRequest ticket, RecordingListener listener) {
        /** May be failed by {@link Life}'s faults. */
        boolean marked() {
            return IntStream.of(request.prompt()).anyMatch(token -> token == ToyTokenizer.UNSAID)
                    || request.sampling().bias().containsKey(ToyTokenizer.UNSAID);
        }
    }

    private static final class Life implements ToyEngine.Faults {
        private final Random random;
        private final Tally tally;
        private final ToyEngine engine;
        private final LoopRig rig;
        private final List<Client> clients = new ArrayList<>();
        private final double transientFaults;
        private final int faultKind;
        private final int faultFrom;
        private final int[] systemPrompt;

        Life(long seed, Tally tally) {
            this.random = new Random(seed);
            this.tally = tally;
            int slots = CONTEXT + random.nextInt(120);
            this.engine = new ToyEngine(ToyEngine.shape(10, CONTEXT, slots), seed, this);
            this.transientFaults = random.nextInt(3) == 0 ? 0.1 : 0;
            this.faultKind = random.nextInt(4);
            this.faultFrom = random.nextInt(30);
            this.systemPrompt = random.ints(random.nextInt(30), 0, 9).toArray();
            this.rig = new LoopRig(engine, new SchedulerSettings(1 + random.nextInt(7), 1000, 1 + random.nextInt(20), random.nextInt(16),
                    1 + random.nextInt(16), Duration.ofDays(1), Duration.ZERO, false, random.nextInt(4) > 0));
        }

        void run() {
            int wanted = 5 + random.nextInt(10);
            while (clients.size() < wanted || rig.busy()) {
                if (clients.size() < wanted && (!rig.busy() || random.nextInt(3) == 0)) {
                    submit();
                }
                if (random.nextInt(25) == 0) {
                    cancel(clients.get(random.nextInt(clients.size())));
                }
                clients.forEach(client -> client.listener().ready = random.nextInt(client.listener().ready ? 30 : 4) > 0 == client.listener().ready);
                tally.stalled += (int) clients.stream().filter(client -> !client.listener().ready).count();
                int waitingBefore = rig.inbox.waiting();
                long keptBefore = rig.counters.keptBytes();
                rig.round();
                tally.gaveWay += rig.counters.keptBytes() < keptBefore ? 1 : 0;
                tally.preemptions += Math.max(0, rig.inbox.waiting() - waitingBefore);
                assertThat(rig.counters.steps.get()).as("steps: no livelock").isLessThan(50_000);
            }
            assertThat(engine.keptStates()).as("hidden states left").isZero();
            assertThat(engine.kvBytesUsed()).as("KV bytes left").isEqualTo(rig.counters.keptBytes());
            rig.loop.abort(new AssertionError("nothing is left to abort"));
            assertThat(engine.kvBytesUsed()).as("KV bytes kept after the end").isZero();
            assertThat(rig.counters.keptBytes()).as("kept bytes after the end").isZero();
            assertThat(rig.inbox.waiting()).as("line").isZero();
            clients.forEach(this::check);
            tally.accepted += rig.counters.accepted.get();
            tally.reused += rig.counters.reusedTokens.get();
        }

        private void check(Client client) {
            RecordingListener listener = client.listener();
            assertThat(listener.failure == null || client.marked()).as("failure of a request without a fault: %s", listener.failure).isTrue();
            tally.failed += listener.failure == null ? 0 : 1;
            for (int choice = 0; choice < client.request().choices(); choice++) {
                GenerationRequest asked = asked(client.request());
                PlainAnswer alone = PlainAnswer.of(asked, choice, engine, new ToyTokenizer());
                Finish finish = listener.finishes.get(choice);
                List<TokenLogprob> told = listener.tokens.getOrDefault(choice, List.of());
                if (finish == null) {
                    assertThat(alone.text()).startsWith(listener.text(choice));
                } else {
                    assertThat(listener.text(choice)).isEqualTo(alone.text());
                    assertThat(finish.reason()).isEqualTo(alone.reason());
                    assertThat(finish.stopString()).isEqualTo(alone.stopString());
                    assertThat(finish.stopToken()).isEqualTo(alone.stopToken());
                    assertThat(finish.completionTokens()).isEqualTo(alone.tokens().length).isEqualTo(finish.report().tokens());
                    assertThat(finish.report().steps() < alone.tokens().length || "early_exit".equals(finish.report().draft())
                            || client.request().strategy() instanceof Cntp).isTrue();
                    tally.trials += Math.max(0, finish.report().trials());
                    if (client.request().topLogprobs() >= 0 && finish.stopString() == null) {
                        assertThat(told).hasSize(alone.tokens().length - (finish.stopToken() >= 0 ? 1 : 0));
                    }
                    assertThat(finish.promptTokens()).isEqualTo(asked.prompt().length);
                    assertThat(finish.cachedTokens()).isBetween(0, asked.prompt().length - 1);
                    if (finish.report().route() != null) {
                        tally.routes[Difficulty.ofWire(finish.report().route().name()).ordinal()]++;
                    }
                    assertThat(finish.cachedTokens() % engine.shape().prefillBlock()).isZero();
                    tally.cached += finish.cachedTokens();
                    tally.answers++;
                    tally.byStop += finish.stopString() != null ? 1 : 0;
                    tally.byStopAmongTrials += finish.stopString() != null && finish.report().trials() > 0 ? 1 : 0;
                    assertThat(finish.trace().stream().mapToInt(Finish.Traced::token).toArray())
                            .isEqualTo(client.request().trace() ? alone.tokens() : new int[0]);
                    tally.traced += client.request().trace() ? 1 : 0;
                    tally.byEnd += finish.stopToken() >= 0 ? 1 : 0;
                }
                assertThat(told.size()).isLessThanOrEqualTo(alone.tokens().length);
                for (int i = 0; i < told.size(); i++) {
                    assertThat(told.get(i).token()).isEqualTo(alone.tokens()[i]);
                    assertThat(told.get(i).logprob()).isEqualTo(alone.logprobs().get(i));
                }
            }
        }

        /** What the request asks when its route is known. */
        private GenerationRequest asked(GenerationRequest request) {
            Role[] roles = new Role[request.prompt().length];
            Arrays.fill(roles, Role.PREFILL);
            Strategy.Opening route = OpenRoutes.route(request.strategy(), () -> engine.residual(request.prompt(), roles))
                    .orElse(new Strategy.Opening(request.prompt(), request.maxTokens(), request.sampling()));
            return new GenerationRequest(request.id(), route.prompt(), request.choices(), route.maxTokens(), route.sampling(), request.seed(),
                    request.topLogprobs(), request.stops(), request.strategy(), request.reason(), request.trace(), request.scope(), request.memory());
        }

        private void cancel(Client client) {
            if (!client.listener().over()) {
                rig.cancel(client.ticket(), client.listener());
                tally.cancelled++;
            }
        }

        private void submit() {
            int[] prompt = IntStream.concat(IntStream.of(start()), random.ints(1 + random.nextInt(20), 0, 9)).limit(60).toArray();
            if (random.nextInt(3) == 0) {
                // A refrain, for drafts to be found in.
                prompt = IntStream.range(0, prompt.length).map(i -> i % 5).toArray();
            }
            if (random.nextInt(8) == 0) {
                prompt[random.nextInt(prompt.length)] = ToyTokenizer.UNSAID;
            }
            List<String> stops = random.nextBoolean() ? List.of(List.of("ab", "cc", " b", "dec").get(random.nextInt(4))) : List.of();
            SamplingParameters sampling = sampling();
            Strategy strategy = random.nextInt(10) == 0 ? routed(prompt, sampling) : strategy();
            int most = Math.min(40, CONTEXT - prompt.length - strategy.mostMorePrompt());
            Strategy.Opening opening = strategy.opening(new Strategy.Opening(prompt, 1 + random.nextInt(most), sampling));
            GenerationRequest request = new GenerationRequest("r" + clients.size(), opening.prompt(), 1 + random.nextInt(3), opening.maxTokens(),
                    opening.sampling(), random.nextLong(), random.nextInt(4) - 1, stops, strategy,
                    "request", clients.size() % 2 == 0, random.nextInt(5) == 0 ? "other" : "",
                    random.nextBoolean() ? "memory" : null);
            RecordingListener listener = new RecordingListener(request.choices());
            clients.add(new Client(request, rig.submit(request, listener), listener));
        }

        /** The system prompt of this life, an earlier prompt (as a next turn of a chat has it), or nothing. */
        private int[] start() {
            int kind = random.nextInt(3);
            if (kind == 0 || clients.isEmpty()) {
                return systemPrompt;
            }
            return kind == 1 ? clients.get(random.nextInt(clients.size())).request().prompt() : new int[0];
        }

        private Strategy routed(int[] prompt, SamplingParameters sampling) {
            List<Strategy.Opening> openings = new ArrayList<>();
            for (Difficulty _ : Difficulty.values()) {
                int[] whole = IntStream.concat(IntStream.of(prompt), random.ints(1 + random.nextInt(MOST_MORE), 0, 9)).toArray();
                openings.add(new Strategy.Opening(whole, 1 + random.nextInt(Math.min(40, CONTEXT - prompt.length - MOST_MORE)),
                        sampling.at(random.nextFloat())));
            }
            return OpenRoutes.probed(openings);
        }

        private Strategy strategy() {
            int min = 1 + random.nextInt(3);
            int maxDraft = 1 + random.nextInt(16);
            return switch (random.nextInt(13)) {
                case 0 -> Decodings.speculative(Map.of("max_draft", maxDraft, "min_ngram", min, "max_ngram", min + random.nextInt(3)));
                case 1 -> Decodings.of(Map.of("strategy", "speculative", "speculative", Map.of("draft", "prediction", "max_draft", maxDraft)),
                        random.ints(random.nextInt(40), 0, 9).toArray());
                case 2 -> EagerEarlyExit.exit(min, 1 + maxDraft / 3);
                case 3 -> EagerEarlyExit.skip(1 + maxDraft / 3, IntStream.range(1, min).toArray());
                case 4 -> Decodings.speculative(Map.of("draft", "token_recycling", "max_draft", maxDraft, "max_depth", 1 + random.nextInt(6)));
                case 5 -> Decodings.speculative(Map.of("draft", "suffix", "max_draft", maxDraft));
                case 6 -> ExampleDrafts.followers(maxDraft);
                case 7 -> skipDecode();
                case 8, 9 -> new Cntp(1 + random.nextInt(4), 0.01, 0.5 + random.nextDouble(), 1 + random.nextInt(6),
                        Cntp.EntropyOn.values()[random.nextInt(2)], Cntp.OnPressure.WAIT);
                default -> new Standard();
            };
        }

        private Strategy skipDecode() {
            int fewest = 1 + random.nextInt(4);
            return new SkipDecode(new DepthSchedule(4, fewest + random.nextInt(5 - fewest), fewest, random.nextInt(fewest), 1 + random.nextInt(20)));
        }

        private SamplingParameters sampling() {
            Map<Integer, Float> bias = new HashMap<>();
            if (random.nextInt(3) > 0) {
                bias.put(ToyTokenizer.END, random.nextBoolean() ? -100f : -3f);
            }
            if (random.nextInt(20) == 0) {
                bias.put(ToyTokenizer.UNSAID, 100f);
            }
            boolean penalties = random.nextInt(3) == 0;
            return new SamplingParameters(random.nextInt(3) == 0 ? 0 : 0.2f + random.nextFloat(), random.nextInt(4) == 0 ? 1 + random.nextInt(12) : 0,
                    random.nextInt(4) == 0 ? 0.5f + random.nextFloat() / 2 : 1, random.nextInt(4) == 0 ? 0.1f : 0,
                    penalties ? random.nextFloat() - 0.5f : 0, penalties ? random.nextFloat() - 0.5f : 0, penalties ? 1.2f : 1, bias);
        }

        @Override
        public void before(StepPlan plan) throws StepFailed {
            Set<Integer> guilty = new TreeSet<>();
            for (int i = 0; i < plan.segments().size(); i++) {
                if (faulty(plan.segments().get(i))) {
                    guilty.add(i);
                }
            }
            if (!guilty.isEmpty() && faultKind < 3) {
                tally.failedSteps++;
                switch (faultKind) {
                    case 0 -> throw new StepFailed("fault", null, Set.of());
                    case 1 -> throw new StepFailed("fault", null, guilty);
                    default -> throw new IllegalStateException("fault");
                }
            }
            if (plan.segments().size() > 1 && random.nextDouble() < transientFaults) {
                tally.failedSteps++;
                throw new StepFailed("passing fault", null, Set.of());
            }
        }

        @Override
        public boolean spoils(Segment segment) {
            return faultKind == 3 && faulty(segment);
        }

        private boolean faulty(Segment segment) {
            return segment.region().settled() + segment.rows() > faultFrom && segment.input() instanceof Input.Tokens tokens
                    && IntStream.of(tokens.ids()).anyMatch(token -> token == ToyTokenizer.UNSAID);
        }
    }
}
