package dev.cadenza.cli.bench;

import dev.cadenza.cli.bench.Answers.Answer;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.scheduler.GenerationRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Judges answers of strategies by the full model, which says each again token by token, and compares them with what {@code standard} answers with the
 * same seed. Measures no time. One thread.
 */
final class QualityBench {
    private static final int AT_ONCE = 8;

    /**
     * @param settings  {@code standard} first at each temperature
     * @param questions of each workload, 1 or more
     * @param tokens    longest answer
     */
    record Plan(List<Setting> settings, List<Workload> workloads, int questions, int tokens) {
    }

    private final BenchModel model;
    private final SchedulerClient client;
    private final Plan plan;
    private final Consumer<String> progress;
    private final Consumer<String> notes;

    /**
     * @param progress told of what was judged
     * @param notes    told of what a reader must know
     */
    QualityBench(BenchModel model, SchedulerClient client, Plan plan, Consumer<String> progress, Consumer<String> notes) {
        this.model = model;
        this.client = client;
        this.plan = plan;
        this.progress = progress;
        this.notes = notes;
    }

    /** @throws IOException an answer failed */
    List<QualityFigure> run() throws IOException, InterruptedException {
        List<String> questions = plan.workloads().stream().flatMap(workload -> workload.questions(plan.questions()).stream()).toList();
        Map<Float, List<Answer>> standards = new HashMap<>();
        List<QualityFigure> figures = new ArrayList<>();
        for (Setting setting : plan.settings()) {
            try {
                List<BenchRequest> asked = asked(questions, setting);
                List<Strategy> strategies = strategies(asked, setting);
                List<Answer> answers = answers(asked, strategies);
                List<Answer> standard = standards.computeIfAbsent(setting.temperature(), _ -> answers);
                var figure = QualityFigure.of(setting, answers, standard, judge(asked, strategies, answers), model.shape().layers());
                figures.add(figure);
                progress.accept("%s at temperature %s: perplexity %s, agreement %s, %d tokens".formatted(setting.candidate().name(),
                        setting.temperature(), Table.digits(figure.score().perplexity()), Table.percent(figure.score().agreement()),
                        figure.score().tokens()));
            } catch (InvalidDecoding e) {
                notes.accept("%s at temperature %s left out: %s".formatted(setting.candidate().name(), setting.temperature(), e.getMessage()));
            }
        }
        return figures;
    }

    private List<BenchRequest> asked(List<String> questions, Setting setting) {
        List<BenchRequest> asked = new ArrayList<>();
        for (int question = 0; question < questions.size(); question++) {
            asked.add(BenchRequest.of(model, "quality-" + question, questions.get(question), plan.tokens(), setting.temperature(), question));
        }
        return asked;
    }

    private List<Strategy> strategies(List<BenchRequest> asked, Setting setting) throws InvalidDecoding {
        List<Strategy> strategies = new ArrayList<>();
        for (BenchRequest request : asked) {
            strategies.add(request.select(model, setting.candidate().decoding(), null).strategy());
        }
        return strategies;
    }

    private List<Answer> answers(List<BenchRequest> asked, List<Strategy> strategies) throws IOException, InterruptedException {
        return ask(IntStream.range(0, asked.size()).mapToObj(i -> asked.get(i).traced(strategies.get(i))).toList());
    }

    /** The same prompts, as the strategies opened them, answered with what was answered. */
    private FullModelScore judge(List<BenchRequest> asked, List<Strategy> strategies, List<Answer> answers) throws IOException, InterruptedException {
        var total = new AtomicReference<>(FullModelScore.NOTHING);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            List<Integer> tokens = answers.get(i).ids();
            Strategy saying = new GivenAnswer(tokens, score -> total.accumulateAndGet(score, FullModelScore::plus));
            requests.add(asked.get(i).opened(strategies.get(i), tokens.size()).plain(saying));
        }
        ask(requests);
        return total.get();
    }

    private List<Answer> ask(List<GenerationRequest> requests) throws IOException, InterruptedException {
        List<Answer> answers = new ArrayList<>();
        for (int from = 0; from < requests.size(); from += AT_ONCE) {
            answers.addAll(client.ask(requests.subList(from, Math.min(from + AT_ONCE, requests.size()))).answers());
        }
        return Collections.unmodifiableList(answers);
    }
}
