package dev.cadenza.cli.bench;

import dev.cadenza.cli.bench.Answers.Answer;
import dev.cadenza.cli.bench.CheckedTask.Question;
import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.Strategy;
import dev.cadenza.scheduler.GenerationRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Measures what trials cost, in waves beside {@code standard}, and what they gain, on questions with one right answer. One thread. */
final class CntpBench {
    private static final float TEMPERATURE = 0.8f;
    private static final int SHORT_ANSWER = 24;
    private static final int AT_ONCE = 8;

    /**
     * @param candidates of CNTP
     * @param batches    sizes of the waves, 1 or more each
     * @param tokens     longest answer of a wave
     * @param questions  of each task
     * @param seeds      with which each is asked, 1 or more
     * @param places     rows that the scheduler gives at most
     */
    record Plan(List<Candidate> candidates, List<Integer> batches, int tokens, int questions, int seeds, int places) {
    }

    private final BenchModel model;
    private final SchedulerClient client;
    private final Plan plan;
    private final QuietRuns runs;
    private final Consumer<String> progress;

    /** @param progress told of what was measured */
    CntpBench(BenchModel model, SchedulerClient client, Plan plan, QuietRuns runs, Consumer<String> progress) {
        this.model = model;
        this.client = client;
        this.plan = plan;
        this.runs = runs;
        this.progress = progress;
    }

    /** Waves of chat questions, their prompts in the prefix cache. */
    List<CntpCost> cost() throws Exception {
        List<CntpCost> figures = new ArrayList<>();
        for (int batch : plan.batches()) {
            List<BenchRequest> asked = waves(batch);
            for (Candidate candidate : plan.candidates()) {
                Strategy strategy = strategy(candidate, asked.getFirst());
                ask(asked, candidate);
                ask(asked, Candidate.STANDARD);
                Runs<Pair> pairs = runs.measure(() -> new Pair(ask(asked, candidate), ask(asked, Candidate.STANDARD), 0, true));
                int atOnce = Math.min(batch, Math.max(1, plan.places() / strategy.reservedRows()));
                CntpCost figure = CntpCost.of(candidate, batch, atOnce, pairs);
                figures.add(figure);
                progress.accept("%s, batch %d: %s times standard, %s dropped per kept token".formatted(candidate.name(), batch,
                        Table.digits(figure.ratio().median()), Table.digits(figure.droppedPerKept())));
            }
        }
        return figures;
    }

    private List<BenchRequest> waves(int batch) {
        List<String> questions = Workload.CHAT.questions(batch);
        List<BenchRequest> asked = new ArrayList<>();
        for (int i = 0; i < batch; i++) {
            asked.add(BenchRequest.of(model, "cntp-" + i, questions.get(i), plan.tokens(), TEMPERATURE, i));
        }
        return asked;
    }

    /** Right answers by task, and over all tasks. */
    List<CntpGain> gain() throws IOException, InterruptedException {
        List<Candidate> candidates = new ArrayList<>(List.of(Candidate.STANDARD));
        candidates.addAll(plan.candidates());
        List<List<Boolean>> all = candidates.stream().<List<Boolean>>map(_ -> new ArrayList<>()).toList();
        List<CntpGain> figures = new ArrayList<>();
        int questions = 0;
        for (CheckedTask task : CheckedTask.values()) {
            List<Question> asked = task.questions(plan.questions());
            questions += asked.size();
            List<List<Boolean>> right = new ArrayList<>();
            for (int c = 0; c < candidates.size(); c++) {
                right.add(right(task, asked, candidates.get(c)));
                all.get(c).addAll(right.getLast());
                figures.add(gain(task.name().toLowerCase(Locale.ROOT), candidates.get(c), asked.size(), right.getLast(), right.getFirst()));
            }
        }
        for (int c = 0; c < candidates.size(); c++) {
            figures.add(gain("all", candidates.get(c), questions, all.get(c), all.getFirst()));
        }
        return figures;
    }

    private CntpGain gain(String task, Candidate candidate, int questions, List<Boolean> own, List<Boolean> standard) {
        CntpGain gain = CntpGain.of(task, candidate, questions, own, standard);
        progress.accept("%s, %s: %s right".formatted(task, candidate.name(), Table.of(gain.right(), gain.answers())));
        return gain;
    }

    private List<Boolean> right(CheckedTask task, List<Question> questions, Candidate candidate) throws IOException, InterruptedException {
        List<Boolean> right = new ArrayList<>();
        for (int seed = 0; seed < plan.seeds(); seed++) {
            for (int from = 0; from < questions.size(); from += AT_ONCE) {
                List<Question> wave = questions.subList(from, Math.min(from + AT_ONCE, questions.size()));
                List<BenchRequest> asked = new ArrayList<>();
                for (Question question : wave) {
                    asked.add(BenchRequest.of(model, task.name(), question.text(), SHORT_ANSWER, TEMPERATURE,
                            (long) seed * CheckedTask.MOST_QUESTIONS + from + asked.size()));
                }
                List<Answer> answers = ask(asked, candidate).answers();
                for (int i = 0; i < wave.size(); i++) {
                    right.add(wave.get(i).right().test(answers.get(i).text()));
                }
            }
        }
        return right;
    }

    private Answers ask(List<BenchRequest> asked, Candidate candidate) throws IOException, InterruptedException {
        List<GenerationRequest> requests = new ArrayList<>();
        for (BenchRequest request : asked) {
            requests.add(request.plain(strategy(candidate, request)));
        }
        return client.ask(requests);
    }

    private Strategy strategy(Candidate candidate, BenchRequest request) throws IOException {
        try {
            return request.select(model, candidate.decoding(), null).strategy();
        } catch (InvalidDecoding e) {
            throw new IOException("%s: %s".formatted(candidate.name(), e.getMessage()), e);
        }
    }
}
