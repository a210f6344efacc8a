package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cadenza.cli.bench.Answers.Answer;
import dev.cadenza.cli.bench.CheckedTask.Question;
import dev.cadenza.decoding.DecodingReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What CNTP costs and gains, and the batch in which all strategies are. */
class TrialsAndMixturesTest {
    private final List<String> progress = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    @Test
    void theIntervalIsWilsons() {
        assertThat(Interval.wilson95(8, 10).low()).isCloseTo(0.4902, within(1e-4));
        assertThat(Interval.wilson95(8, 10).high()).isCloseTo(0.9433, within(1e-4));
        assertThat(Interval.wilson95(0, 20).low()).isZero();
        assertThat(Interval.wilson95(20, 20).high()).isEqualTo(1);
        assertThat(Interval.wilson95(8, 10).percent()).isEqualTo("49.0 to 94.3 %");
    }

    @Test
    void nineteenOfTwentyIntervalsHoldTheTrueShare() {
        // given: a fixed seed, so that it holds always or never; 3 of the binomial's deviations are 0.021
        var random = new Random(5);
        int held = 0;
        for (int sample = 0; sample < 1_000; sample++) {
            // when
            int some = (int) random.doubles(120).filter(value -> value < 0.4).count();
            Interval interval = Interval.wilson95(some, 120);

            // then
            held += interval.low() <= 0.4 && 0.4 <= interval.high() ? 1 : 0;
        }
        assertThat(held / 1_000.0).isCloseTo(0.95, within(0.021));
    }

    @Test
    void questionsDifferAndComeAgain() {
        for (CheckedTask task : CheckedTask.values()) {
            List<String> texts = texts(task, CheckedTask.MOST_QUESTIONS);
            assertThat(texts).as(task.name()).hasSize(CheckedTask.MOST_QUESTIONS).doesNotHaveDuplicates();
            assertThat(texts(task, 5)).isEqualTo(texts.subList(0, 5));
        }
    }

    @Test
    void answersAreCheckedByStatedRules() {
        // given
        Question capital = question(CheckedTask.CAPITAL, "France");
        Question sum = CheckedTask.SUM.questions(1).getFirst();
        String[] summands = sum.text().replaceAll("[^0-9]+", " ").strip().split(" ");
        int right = Integer.parseInt(summands[0]) + Integer.parseInt(summands[1]);
        Question larger = CheckedTask.LARGER.questions(1).getFirst();
        String[] numbers = larger.text().replaceAll("[^0-9]+", " ").strip().split(" ");
        int most = Math.max(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
        int least = Math.min(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
        Question last = CheckedTask.LAST_WORD.questions(1).getFirst();
        String[] words = last.text().replaceAll(".*: |\\?.*", "").split(", ");

        // then
        assertThat(capital.right()).accepts("It is Paris.").rejects("It is Lyon.", "");
        assertThat(sum.right()).accepts("%s + %s = %d.".formatted(summands[0], summands[1], right), "" + right)
                .rejects("%d is not 99".formatted(right), "none", "99999999999999999999");
        assertThat(larger.right()).accepts("%d is larger than %d".formatted(most, least)).rejects("%d, not %d".formatted(least, most), "neither");
        assertThat(words).hasSize(4);
        assertThat(last.right()).accepts("The word is " + words[3]).rejects(words[2], String.join(", ", words), "");
    }

    @Test
    void gainsAndLossesAreCountedInPairs() {
        var gain = CntpGain.of("sum", Candidate.named("cntp"), 5, List.of(true, true, false, false, true), List.of(true, false, true, false, false));

        assertThat(gain).isEqualTo(new CntpGain("sum", "cntp", 5, 5, 3, 2, 1));
    }

    @Test
    void costsAreSumsOverAllPairs() {
        // given
        Pair twice = new Pair(answers(2, trials(20, 30, 9, 50)), answers(1, trials(20, 19, -1, 0)), 0, true);
        Pair same = new Pair(answers(1, trials(10, 10, 3, 10)), answers(1, trials(10, 9, -1, 0)), 0, true);

        // when
        CntpCost cost = CntpCost.of(Candidate.named("cntp"), 1, 1, new Runs<>(List.of(twice, same), 4, false));

        // then
        assertThat(cost.ratio()).isEqualTo(new Summary(0.75, 0.5, 1, 2));
        assertThat(cost.droppedPerKept()).isEqualTo(2);
        assertThat(cost.tokensPerStep()).isEqualTo(0.75);
        assertThat(cost.trials()).isEqualTo(12);
        assertThat(cost.thrownAway()).isEqualTo(4);
        assertThat(cost.quiet()).isFalse();
    }

    @Test
    void trialsAreMeasuredBesideStandard() throws Exception {
        try (var toy = new ToyBench()) {
            // given
            var plan = new CntpBench.Plan(Setting.cntp(), List.of(1, 8), 20, 3, 2, 32);
            var bench = new CntpBench(toy.model, toy.client, plan, ToyBench.quiet(2), progress::add);

            // when
            List<CntpCost> costs = bench.cost();
            List<CntpGain> gains = bench.gain();

            // then
            assertThat(costs).extracting(cost -> cost.strategy() + " " + cost.batch() + " " + cost.atOnce()).containsExactly("cntp 1 1",
                    "cntp max_trials=4 1 1", "cntp 8 3", "cntp max_trials=4 8 8");
            assertThat(costs).allMatch(cost -> cost.ratio().count() == 2 && cost.dropped() > 0 && cost.trials() > 1 && cost.tokens() > 0);
            assertThat(gains).hasSize(5 * 3);
            assertThat(gains).filteredOn(gain -> gain.strategy().equals("standard")).hasSize(5).allMatch(gain -> gain.won() == 0 && gain.lost() == 0);
            assertThat(gains.subList(0, 12)).allMatch(gain -> gain.questions() == 3 && gain.answers() == 6);
            assertThat(gains.subList(12, 15)).allMatch(gain -> gain.task().equals("all") && gain.questions() == 12 && gain.answers() == 24);
        }
    }

    @Test
    void everyoneInAMixedBatchGetsWhatItGetsAlone() throws Exception {
        try (var toy = new ToyBench()) {
            // given
            List<Candidate> candidates = new ArrayList<>(MixedBench.candidates());
            candidates.add(2, Candidate.named("no_such"));
            var plan = new MixedBench.Plan(candidates, 20);

            // when
            List<MixedFigure> figures = new MixedBench(toy.model, toy.client, plan, ToyBench.quiet(3), progress::add, notes::add).run();

            // then
            assertThat(notes).first().asString().startsWith("no_such is not in the mixed batch");
            assertThat(figures).hasSize(9);
            assertThat(figures.subList(0, 6)).extracting(MixedFigure::strategy).containsExactly("standard", "prompt_lookup", "early_exit", "skip_decode",
                    "cntp", "momentum");
            assertThat(figures.subList(0, 8)).allMatch(figure -> figure.answers() == 3 && figure.same() == 3 && figure.ratio() == null);
            MixedFigure together = figures.getLast();
            assertThat(together.answers()).isEqualTo(together.same()).isEqualTo(24);
            assertThat(together.ratio().count()).isEqualTo(3);
            assertThat(together.tokens()).isEqualTo(figures.subList(0, 8).stream().mapToInt(MixedFigure::tokens).sum());
        }
    }

    private static List<String> texts(CheckedTask task, int count) {
        return task.questions(count).stream().map(Question::text).toList();
    }

    private static Question question(CheckedTask task, String with) {
        return task.questions(CheckedTask.MOST_QUESTIONS).stream().filter(question -> question.text().contains(with)).findFirst().orElseThrow();
    }

    private static Answers answers(double seconds, Answer answer) {
        return new Answers(seconds, List.of(answer));
    }

    private static Answer trials(int tokens, int steps, int trials, int dropped) {
        return new Answer("", tokens, new DecodingReport("cntp", "request", null, steps, tokens, -1, -1, 1).withTrials(trials, dropped, 0));
    }
}
