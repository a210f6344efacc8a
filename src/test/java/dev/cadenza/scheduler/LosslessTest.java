package dev.cadenza.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.RealModel;
import dev.cadenza.chat.ChatPrompt;
import dev.cadenza.decoding.Decodings;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.decoding.speculative.EagerEarlyExit;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.RandomStream;
import dev.cadenza.engine.Region;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.Segment;
import dev.cadenza.engine.StepPlan;
import dev.cadenza.engine.Want;
import dev.cadenza.engine.torch.EngineSettings;
import dev.cadenza.engine.torch.EngineSettings.Precision;
import dev.cadenza.engine.torch.TorchEngine;
import dev.cadenza.model.Checkpoint;
import dev.cadenza.model.gguf.GgufCheckpoint;
import dev.cadenza.sampling.AnswerLaw;
import dev.cadenza.sampling.SamplingParameters;
import dev.cadenza.tokenizer.Tokenizer;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * On the real model: with any kind of draft an answer has the token ids that {@code standard} gives, over prompts, sampling parameters and strategies
 * that share the batch, and over batches of other sizes. In the default mode chains are equal throughout, in the bits of log-probabilities as well.
 * Trees, and everything where rows are not bit-invariant (float32), are equal up to the first position where the plain run's token and the other are
 * tied: their sampled scores, {@code log p + gumbel}, lie within {@value #TIE} of each other.
 */
class LosslessTest {
    private static final String TREE = "token_recycling";
    private static final double TIE = 0.01;
    private static final int ANSWER = 40;
    /** Sequences at once: few, so that drafts pay. */
    private static final int FEW = 3;
    /** Where drafts need not pay. With theirs, their rows fill a step. */
    private static final int MANY = 8;
    private static final List<String> PROMPTS = List.of(
            "Repeat after me, twice: The quick brown fox jumps over the lazy dog near the river bank.", "Count from 1 to 40 in words, one per line.",
            "Write a JSON list of five people with name, age and city.", "Explain why the sky is blue to a child.",
            "def fibonacci(n):\n    # complete this function and then write it again\n", "List the days of the week, then list them again backwards.");
    private static final List<SamplingParameters> LAWS = List.of(
            SamplingParameters.GREEDY,
            new SamplingParameters(1, 0, 1, 0, 0, 0, 1, Map.of()),
            new SamplingParameters(0.7f, 0, 0.9f, 0, 0.6f, 0.2f, 1, Map.of()),
            new SamplingParameters(0.9f, 20, 1, 0, 0, 0, 1, Map.of(260, -5f, 28, 3f)),
            new SamplingParameters(0.5f, 0, 1, 0.05f, 0, 0, 1, Map.of()),
            new SamplingParameters(0, 0, 1, 0, 0, 0, 1.2f, Map.of()));
    /** By name; the argument is the plain answer. These draft if it pays. */
    private static final Map<String, Function<int[], Strategy>> THRIFTY = new TreeMap<>(Map.of(
            "prompt_lookup", _ -> Decodings.speculative(Map.of("draft", "prompt_lookup", "min_ngram", 1)),
            "prediction", LosslessTest::prediction,
            "suffix", _ -> Decodings.speculative(Map.of("draft", "suffix")),
            TREE, _ -> Decodings.speculative(Map.of("draft", TREE))));
    /** These draft always. */
    private static final Map<String, Function<int[], Strategy>> EAGER = new TreeMap<>(Map.of(
            "early_exit", _ -> EagerEarlyExit.exit(27, 3),
            "skip_layers", _ -> EagerEarlyExit.skip(3, 10, 14, 18, 22)));

    /** @param bits of the log-probabilities told, which are of the first tokens */
    private record Answered(int[] tokens, int[] bits, Finish finish) {
        static Answered of(RecordingListener listener) {
            Finish finish = listener.finishes.get(0);
            List<TokenLogprob> told = listener.tokens.getOrDefault(0, List.of());
            IntStream end = finish.stopToken() < 0 ? IntStream.empty() : IntStream.of(finish.stopToken());
            IntStream tokens = finish.trace().isEmpty() ? IntStream.concat(told.stream().mapToInt(TokenLogprob::token), end)
                    : finish.trace().stream().mapToInt(Finish.Traced::token);
            return new Answered(tokens.toArray(), told.stream().mapToInt(token -> Float.floatToRawIntBits(token.logprob())).toArray(), finish);
        }
    }

    private record Case(int prompt, int law, GenerationRequest request) {
        /** Every fifth answer is cut by a stop string, every third is short. A trace has the tokens of a stop string, too. */
        static Case of(int prompt, int law, int[] ids) {
            List<String> stops = (prompt + law) % 5 == 0 ? List.of("\n\n", "river") : List.of();
            int maxTokens = (prompt + law) % 3 == 0 ? 7 + 6 * prompt : ANSWER;
            return new Case(prompt, law, new GenerationRequest("p" + prompt + "l" + law, ids, 1, maxTokens, LAWS.get(law), 11 + law, 0, stops,
                    new Standard(), "request", !stops.isEmpty(), "", "memory"));
        }

        GenerationRequest with(Strategy strategy) {
            return new GenerationRequest(request.id(), request.prompt(), 1, request.maxTokens(), request.sampling(), request.seed(), 0,
                    request.stops(), strategy, "request", request.trace(), "", "memory");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Precision.class, names = {"FAST", "FLOAT32"})
    void everyDraftGivesTheTokensOfStandard(Precision precision) throws Exception {
        try (Checkpoint checkpoint = GgufCheckpoint.open(RealModel.path())) {
            Tokenizer tokenizer = Tokenizer.of(checkpoint.tokenizer());
            var chat = new ChatPrompt(checkpoint.chatTemplate().orElseThrow(), tokenizer);
            List<Case> cases = cases(chat, precision);
            List<Answered> plain;
            Map<String, List<Answered>> drafted = new TreeMap<>();
            try (var scheduler = scheduler(checkpoint, precision, tokenizer, MANY)) {
                plain = run(scheduler, cases.stream().map(Case::request).toList());
                drafted.putAll(together(scheduler, cases, plain));
            }
            try (var scheduler = scheduler(checkpoint, precision, tokenizer, FEW)) {
                for (var kind : THRIFTY.entrySet()) {
                    drafted.put(kind.getKey(), run(scheduler, drafting(kind.getValue(), cases, plain)));
                }
            }
            judge(cases, plain, drafted, checkpoint, precision);
        }
    }

    /** Every prompt with every law; where rows are slow every second one, which has each prompt and each law three times. */
    private static List<Case> cases(ChatPrompt chat, Precision precision) throws Exception {
        List<Case> cases = new ArrayList<>();
        for (int prompt = 0; prompt < PROMPTS.size(); prompt++) {
            int[] ids = chat.encode(List.of(Map.of("role", "user", "content", PROMPTS.get(prompt))), Map.of(), true, LocalDateTime.now());
            for (int law = 0; law < LAWS.size(); law++) {
                if (precision == Precision.FAST || (prompt + law) % 2 == 0) {
                    cases.add(Case.of(prompt, law, ids));
                }
            }
        }
        return cases;
    }

    /** All that draft eagerly, side by side. */
    private static Map<String, List<Answered>> together(Scheduler scheduler, List<Case> cases, List<Answered> plain) throws Exception {
        List<GenerationRequest> requests = new ArrayList<>();
        EAGER.values().forEach(strategy -> requests.addAll(drafting(strategy, cases, plain)));
        List<Answered> answers = run(scheduler, requests);
        Map<String, List<Answered>> byKind = new TreeMap<>();
        for (String kind : EAGER.keySet()) {
            int from = byKind.size() * cases.size();
            byKind.put(kind, answers.subList(from, from + cases.size()));
        }
        return byKind;
    }

    private static List<GenerationRequest> drafting(Function<int[], Strategy> strategy, List<Case> cases, List<Answered> plain) {
        return IntStream.range(0, cases.size()).mapToObj(i -> cases.get(i).with(strategy.apply(plain.get(i).tokens()))).toList();
    }

    private static void judge(List<Case> cases, List<Answered> plain, Map<String, List<Answered>> drafted, Checkpoint checkpoint,
            Precision precision) throws Exception {
        int ties = 0;
        TorchEngine oracle = null;
        try {
            for (var kind : drafted.entrySet()) {
                boolean equalThroughout = precision == Precision.FAST && !kind.getKey().equals(TREE);
                int accepted = kind.getValue().stream().mapToInt(answer -> answer.finish().accepted()).sum();
                int differing = 0;
                for (int i = 0; i < cases.size(); i++) {
                    String name = "%s in %s".formatted(kind.getKey(), cases.get(i).request().id());
                    Answered wanted = plain.get(i);
                    Answered answer = kind.getValue().get(i);
                    int same = Arrays.mismatch(wanted.tokens(), answer.tokens());
                    if (same < 0) {
                        assertThat(answer.finish().reason()).as(name).isEqualTo(wanted.finish().reason());
                        assertThat(answer.finish().stopString()).as(name).isEqualTo(wanted.finish().stopString());
                    } else {
                        assertThat(equalThroughout).as("%s is equal throughout; it differs at %d", name, same).isFalse();
                        oracle = oracle == null ? engine(checkpoint, precision) : oracle;
                        assertThat(gap(oracle, cases.get(i).request(), wanted.tokens(), answer.tokens(), same))
                                .as("%s differs from standard at %d", name, same).isLessThan(TIE);
                        differing++;
                    }
                    if (equalThroughout) {
                        assertThat(answer.bits()).as("log-probabilities of %s", name).isEqualTo(wanted.bits());
                    }
                }
                ties += differing;
                assertThat(accepted).as("accepted drafts of %s", kind.getKey()).isPositive();
                System.out.printf("%s %s: %d of %d answers equal throughout, the others to a tie; %d draft tokens kept%n", precision, kind.getKey(),
                        cases.size() - differing, cases.size(), accepted);
            }
            assertThat(ties).as("ties are rare").isLessThan(cases.size() * drafted.size() / 10);
        } finally {
            if (oracle != null) {
                oracle.close();
            }
        }
    }

    /** How far apart the sampled scores of the two runs' tokens are where the runs part. */
    private static double gap(TorchEngine engine, GenerationRequest request, int[] plain, int[] other, int at) throws Exception {
        assertThat(at).as("the first token comes from the prefill").isPositive();
        assertThat(Math.min(plain.length, other.length)).as("one answer merely ends sooner").isGreaterThan(at);
        SamplingParameters s = request.sampling();
        boolean greedy = s.temperature() == 0;
        var law = new AnswerLaw(new SamplingParameters(greedy ? 1 : s.temperature(), s.topK(), s.topP(), s.minP(), s.frequencyPenalty(),
                s.presencePenalty(), s.repetitionPenalty(), s.bias()), request.prompt());
        for (int i = 0; i < at; i++) {
            law.append(plain[i]);
        }
        try (Region region = engine.open(request.prompt().length + at)) {
            engine.step(new StepPlan(List.of(Segment.chain(region, Role.PREFILL, request.prompt(), List.of()))));
            region.keep(IntStream.range(0, request.prompt().length).toArray());
            int[] answer = Arrays.copyOf(plain, at);
            var wants = List.<Want>of(new Want.Probabilities(at - 1, law.next()));
            double[] p = engine.step(new StepPlan(List.of(Segment.chain(region, Role.DECODE, answer, wants)))).segments().getFirst().probabilities()
                    .getFirst();
            long key = RandomStream.key(new Draw(request.seed(), 0, request.prompt().length + at, 0));
            return score(p, key, plain[at], greedy) - score(p, key, other[at], greedy);
        }
    }

    private static double score(double[] p, long key, int token, boolean greedy) {
        return Math.log(p[token]) - (greedy ? 0 : Math.log(-Math.log(RandomStream.uniform(key, token))));
    }

    /** Of the plain answer with one token of every ten changed. */
    private static Strategy prediction(int[] plain) {
        int[] text = IntStream.range(0, plain.length).map(i -> i % 10 == 7 ? 1000 : plain[i]).toArray();
        return Decodings.of(Map.of("strategy", "speculative", "speculative", Map.of("draft", "prediction")), text);
    }

    private static ContinuousBatchingScheduler scheduler(Checkpoint checkpoint, Precision precision, Tokenizer tokenizer, int atOnce)
            throws Exception {
        return new ContinuousBatchingScheduler(() -> engine(checkpoint, precision), tokenizer,
                new SchedulerSettings(atOnce, 256, 128, 32, 256, Duration.ofSeconds(60), Duration.ofMillis(2), true, true));
    }

    private static TorchEngine engine(Checkpoint checkpoint, Precision precision) {
        return TorchEngine.load(checkpoint, new EngineSettings(precision, 2, 1L << 29));
    }

    private static List<Answered> run(Scheduler scheduler, List<GenerationRequest> together) throws Exception {
        List<RecordingListener> listeners = new ArrayList<>();
        for (GenerationRequest request : together) {
            listeners.add(new RecordingListener(1));
            scheduler.submit(request, listeners.getLast());
        }
        List<Answered> answers = new ArrayList<>();
        for (RecordingListener listener : listeners) {
            listener.await(Duration.ofMinutes(5));
            assertThat(listener.failure).isNull();
            answers.add(Answered.of(listener));
        }
        return answers;
    }
}
