package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.cli.bench.Answers.Answer;
import dev.cadenza.decoding.DecodingReport;
import dev.cadenza.decoding.standard.Standard;
import dev.cadenza.engine.Draw;
import dev.cadenza.engine.Law;
import dev.cadenza.engine.LayerSet;
import dev.cadenza.engine.LogitEdits;
import dev.cadenza.engine.Role;
import dev.cadenza.engine.ToyEngine;
import dev.cadenza.engine.Want;
import dev.cadenza.scheduler.GenerationRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What the full model says of answers, recomputed from the toy's raw logits. */
class QualityBenchTest {
    private static final int TOKENS = 12;

    private final List<String> notes = new ArrayList<>();
    private final List<String> progress = new ArrayList<>();

    @Test
    void aGivenAnswerIsJudgedByTheFullModelsRawLaw() throws Exception {
        try (var toy = new ToyBench()) {
            for (int seed = 0; seed < 20; seed++) {
                // given: tokens that no model said
                var random = new Random(seed);
                int[] prompt = random.ints(1 + random.nextInt(30), 0, 200).toArray();
                List<Integer> answer = random.ints(1 + random.nextInt(20), 0, 200).boxed().toList();
                float temperature = seed % 2 == 0 ? 0 : 0.7f;
                var request = new BenchRequest("given", prompt, _ -> prompt, answer.size(), temperature, seed);

                // when
                var score = new AtomicReference<FullModelScore>();
                Answers said = toy.client.ask(List.of(request.plain(new GivenAnswer(answer, score::set))));

                // then
                assertThat(said.tokens()).as("seed %d", seed).isEqualTo(answer.size());
                FullModelScore expected = judged(prompt, answer, temperature, seed);
                assertThat(score.get().tokens()).isEqualTo(answer.size());
                assertThat(score.get().agreeing()).as("seed %d", seed).isEqualTo(expected.agreeing());
                assertThat(score.get().logprob()).as("seed %d", seed).isCloseTo(expected.logprob(), within(1e-4));
            }
        }
    }

    @Test
    void standardAgreesWithItselfToTheLastToken() throws Exception {
        try (var toy = new ToyBench()) {
            // given
            var request = BenchRequest.of(toy.model, "standard", "a question", 40, 0.7f, 3);
            var standard = new Standard();
            List<Integer> answer = toy.client.ask(List.of(request.traced(standard))).answers().getFirst().ids();

            // when
            var score = new AtomicReference<FullModelScore>();
            GenerationRequest again = request.opened(standard, answer.size()).plain(new GivenAnswer(answer, score::set));
            toy.client.ask(List.of(again));

            // then
            assertThat(score.get().agreement()).isEqualTo(1);
            assertThat(score.get().logprob()).isCloseTo(judged(request.prompt(), answer, 0.7f, 3).logprob(), within(1e-4));
        }
    }

    @Test
    void perplexityIsTheInverseGeometricMeanOfTheProbabilities() {
        FullModelScore quarterAndHalf = new FullModelScore(1, Math.log(0.25), 1).plus(new FullModelScore(2, 2 * Math.log(0.5), 0));

        assertThat(quarterAndHalf.perplexity()).isCloseTo(Math.pow(0.25 * 0.5 * 0.5, -1 / 3.0), within(1e-12));
        assertThat(quarterAndHalf.agreement()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(FullModelScore.NOTHING.perplexity()).isNaN();
    }

    @Test
    void equalTokensAreCountedUpToTheFirstOther() {
        // given
        List<Answer> own = List.of(skipped(1, 2, 3), skipped(1, 9, 3), skipped(7), skipped(1, 2));
        List<Answer> standard = List.of(plain(1, 2, 3), plain(1, 2, 3), plain(8), plain(1, 2, 3));

        // when
        var figure = QualityFigure.of(new Setting(Candidate.named("skip_decode"), 0), own, standard, new FullModelScore(9, -9, 5), 4);

        // then
        assertThat(figure.leadingEqual()).isEqualTo(3 + 1 + 0 + 2);
        assertThat(figure.same()).isEqualTo(1);
        assertThat(figure.answers()).isEqualTo(4);
        assertThat(figure.layers()).as("three of four at each token").isEqualTo(3);
    }

    @Test
    void eachSettingHasItsLineAndWhatIsRefusedIsSaid() throws Exception {
        try (var toy = new ToyBench()) {
            // given
            List<Setting> settings = List.of(new Setting(Candidate.STANDARD, 0), new Setting(Candidate.with("half", "skip_decode",
                    Map.of("min_layers", 2, "max_layers", 2, "decay_tokens", TOKENS)), 0), new Setting(Candidate.named("momentum"), 0),
                    new Setting(Candidate.with("easy", "diff_adapt", Map.of("class", "easy")), 0),
                    new Setting(Candidate.STANDARD, 0.7f), new Setting(Candidate.named("momentum"), 0.7f), new Setting(Setting.cntp().getLast(), 0.7f));
            var plan = new QualityBench.Plan(settings, List.of(Workload.CHAT, Workload.CODE), 3, TOKENS);

            // when
            List<QualityFigure> figures = new QualityBench(toy.model, toy.client, plan, progress::add, notes::add).run();

            // then
            assertThat(figures).extracting(figure -> figure.setting().candidate().name() + " " + figure.setting().temperature()).containsExactly(
                    "standard 0.0", "half 0.0", "momentum 0.0", "easy 0.0", "standard 0.7", "cntp max_trials=4 0.7");
            assertThat(notes).singleElement().asString().startsWith("momentum at temperature 0.7 left out: `temperature` must be 0");
            assertThat(figures).allSatisfy(figure -> {
                assertThat(figure.answers()).isEqualTo(6);
                assertThat(figure.score().tokens()).isBetween(6, 6 * TOKENS);
                assertThat(figure.score().perplexity()).isGreaterThan(1);
            });
            assertThat(figures).filteredOn(figure -> figure.setting().candidate().isStandard())
                    .allMatch(figure -> figure.same() == 6 && figure.score().agreement() == 1 && Double.isNaN(figure.layers()));
            QualityFigure easy = figures.get(3);
            assertThat(easy.score().agreement()).as("standard, behind another prompt").isEqualTo(1);
            assertThat(easy.score().tokens()).as("of an answer with 0.4 of the budget").isLessThanOrEqualTo(6 * 5);
            QualityFigure half = figures.get(1);
            assertThat(half.layers()).isBetween(2.0, 2.5);
            assertThat(half.score().agreement()).isLessThan(1);
            assertThat(half.same()).isLessThan(6);
        }
    }

    @Test
    void settingsNameWhatSkipDecodeReachesOverAnAnswer() {
        assertThat(Setting.all(30, 64)).extracting(setting -> setting.candidate().name()).contains("skip_decode target_speedup=1.25",
                "skip_decode layers 24-30", "skip_decode layers 20-30", "skip_decode layers 12-18", "cntp", "momentum", "diff_adapt class=hard");
        assertThat(Setting.all(30, 64)).filteredOn(setting -> setting.candidate().name().startsWith("skip_decode"))
                .allMatch(setting -> ((Map<?, ?>) setting.candidate().decoding().get("skip_decode")).get("decay_tokens").equals(64));
        assertThat(Setting.all(1, 64)).isNotEmpty();
    }

    /** The same, one path at a time. */
    private static FullModelScore judged(int[] prompt, List<Integer> answer, float temperature, long seed) {
        var score = FullModelScore.NOTHING;
        var engine = new ToyEngine(ToyBench.SHAPE, ToyBench.SEED, ToyEngine.Faults.NONE);
        for (int said = 0; said < answer.size(); said++) {
            int[] path = Arrays.copyOf(prompt, prompt.length + said);
            for (int i = 0; i < said; i++) {
                path[prompt.length + i] = answer.get(i);
            }
            var roles = new Role[path.length];
            Arrays.fill(roles, 0, prompt.length, Role.PREFILL);
            Arrays.fill(roles, prompt.length, path.length, Role.DECODE);
            var sets = new LayerSet[path.length];
            Arrays.fill(sets, LayerSet.ALL);
            float[] logits = engine.logits(path, roles);
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit);
            }
            var law = new Law(temperature, 0, 1, 0, LogitEdits.NONE);
            int drawn = engine.sample(path, roles, sets, new Want.Sample(0, law, new Draw(seed, 0, path.length, 0), -1)).token();
            score = score.plus(new FullModelScore(1, logits[answer.get(said)] - Math.log(sum), drawn == answer.get(said) ? 1 : 0));
        }
        return score;
    }

    private static Answer skipped(Integer... ids) {
        return answer(ids, 3L * ids.length, 4L * ids.length);
    }

    private static Answer plain(Integer... ids) {
        return answer(ids, -1, -1);
    }

    private static Answer answer(Integer[] ids, long run, long full) {
        return new Answer("", ids.length, new DecodingReport("skip_decode", "request", null, 1, ids.length, -1, -1, 1).withLayers(run, full), List.of(ids));
    }
}
