package dev.cadenza.cli.bench;

import dev.cadenza.decoding.InvalidDecoding;
import dev.cadenza.decoding.StrategySelector.Selection;
import dev.cadenza.scheduler.GenerationRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Compares strategies with {@code standard} in one run: short series of waves in which each strategy's wave lies beside one of {@code standard} with
 * the same requests, round by round over all workloads and batch sizes. Prompts are in the prefix cache before anything is measured. A strategy that
 * learns from earlier answers starts each wave knowing one answer to another question. One thread.
 */
final class StrategiesBench {
    private static final double WRONG_WORDS = 0.05;
    private static final Duration COSTS_LIMIT = Duration.ofSeconds(60);
    private static final Duration COSTS_PAUSE = Duration.ofMillis(20);
    /** Part of the time limit that measurements may take that are thrown away. */
    private static final int WASTE = 4;

    /**
     * What to measure.
     *
     * @param candidates besides {@code standard}
     * @param batches    sizes, 1 or more each
     * @param tokens     longest answer
     * @param rounds     pairs of each line at most, 1 or more
     * @param limit      after the first round nothing is begun that will not end in time
     */
    record Plan(List<Candidate> candidates, List<Workload> workloads, List<Integer> batches, int tokens, int rounds, Duration limit) {

        /** Questions of a workload that are measured; one more teaches those who learn. */
        int questions() {
            return Math.max(rounds, Collections.max(batches));
        }
    }

    /**
     * @param plain       what {@code standard} answers to all questions at once
     * @param predictions of these answers, as a client would send them; none where it could not
     */
    private record Prepared(Answers plain, List<int[]> predictions) {
    }

    private record Cell(Workload workload, int batch, List<Candidate> candidates) {
    }

    private record Line(Workload workload, int batch, Candidate strategy) {
    }

    /** @param nanos that all of it took */
    private record Series(Map<Candidate, Answers> answers, long nanos) {
    }

    private final BenchModel model;
    private final SchedulerClient client;
    private final Plan plan;
    private final QuietRuns runs;
    private final LongSupplier clock;
    private final Consumer<String> progress;
    private final Consumer<String> notes;
    private final Map<Workload, List<BenchRequest>> requests = new HashMap<>();
    private final Map<Workload, Prepared> prepared = new HashMap<>();
    private final Map<Line, List<Pair>> pairs = new LinkedHashMap<>();
    private final Map<Cell, Long> longest = new HashMap<>();
    private final Set<String> leftOut = new HashSet<>();
    private long wasted;
    private int scopes;

    /**
     * @param runs     of one repetition
     * @param clock    nanoseconds
     * @param progress told of what was measured
     * @param notes    told of what a reader must know
     */
    StrategiesBench(BenchModel model, SchedulerClient client, Plan plan, QuietRuns runs, LongSupplier clock, Consumer<String> progress,
            Consumer<String> notes) {
        this.model = model;
        this.client = client;
        this.plan = plan;
        this.runs = runs;
        this.clock = clock;
        this.progress = progress;
        this.notes = notes;
    }

    /** @throws IOException an answer failed */
    List<StrategyFigure> run() throws Exception {
        long start = clock.getAsLong();
        awaitStepCosts();
        List<Cell> cells = prepare();
        for (int round = 0; round < plan.rounds(); round++) {
            for (Cell cell : cells) {
                for (List<Candidate> order : series(cell.candidates(), round)) {
                    if (round == 0 || clock.getAsLong() - start + longest.get(cell) <= plan.limit().toNanos()) {
                        measure(cell, order, round);
                    }
                }
            }
        }
        List<StrategyFigure> figures = new ArrayList<>();
        pairs.forEach((line, measured) -> figures.add(StrategyFigure.of(line.workload(), line.batch(), line.strategy(), measured)));
        figures.stream().filter(figure -> figure.equal() < figure.answers() && lossless(figure)).forEach(figure -> notes.accept(
                "%s, batch %d, %s: %d of %d answers differ from standard's; only trees of drafts may, where two tokens are almost as likely"
                        .formatted(figure.workload(), figure.batch(), figure.strategy(), figure.answers() - figure.equal(), figure.answers())));
        return figures;
    }

    private static boolean lossless(StrategyFigure figure) {
        return !Candidate.named(figure.strategy()).changesLaw();
    }

    /** In which order the waves of a round run: each candidate right before or after {@code standard}, two share one, and the places change. */
    static List<List<Candidate>> series(List<Candidate> candidates, int round) {
        List<Candidate> rotated = new ArrayList<>(candidates);
        Collections.rotate(rotated, round);
        List<List<Candidate>> series = new ArrayList<>();
        for (int i = 0; i + 1 < rotated.size(); i += 2) {
            series.add(List.of(rotated.get(i), Candidate.STANDARD, rotated.get(i + 1)));
        }
        if (rotated.size() % 2 == 1) {
            Candidate last = rotated.getLast();
            series.add(round % 2 == 0 ? List.of(Candidate.STANDARD, last) : List.of(last, Candidate.STANDARD));
        }
        return series;
    }

    private void awaitStepCosts() {
        long end = clock.getAsLong() + COSTS_LIMIT.toNanos();
        while (!model.stepCostsKnown().getAsBoolean()) {
            if (clock.getAsLong() > end) {
                notes.accept("the scheduler has not measured what its steps cost within %d s: drafts follow a guess".formatted(COSTS_LIMIT.toSeconds()));
                return;
            }
            runs.pause().accept(COSTS_PAUSE);
        }
    }

    private List<Cell> prepare() throws IOException, InterruptedException {
        List<Cell> cells = new ArrayList<>();
        for (Workload workload : plan.workloads()) {
            prepare(workload);
            List<Candidate> candidates = accepted(workload);
            for (Candidate candidate : candidates) {
                // The first answer of a strategy runs code that is not compiled yet.
                ask(workload, candidate, List.of(plan.questions()));
            }
            for (int batch : plan.batches()) {
                cells.add(new Cell(workload, batch, candidates));
                if (!candidates.isEmpty()) {
                    pairs.put(new Line(workload, batch, Candidate.STANDARD), new ArrayList<>());
                    candidates.forEach(candidate -> pairs.put(new Line(workload, batch, candidate), new ArrayList<>()));
                }
            }
        }
        return cells;
    }

    private void prepare(Workload workload) throws IOException, InterruptedException {
        List<BenchRequest> asked = new ArrayList<>();
        for (String question : workload.questions(plan.questions() + 1)) {
            asked.add(BenchRequest.of(model, workload.label() + "-" + asked.size(), question, plan.tokens(), workload.temperature(), asked.size()));
        }
        requests.put(workload, asked);
        Answers plain = ask(workload, Candidate.STANDARD, IntStream.range(0, asked.size()).boxed().toList());
        List<int[]> predictions = new ArrayList<>();
        for (int question = 0; workload.foreseen() && question < asked.size(); question++) {
            predictions.add(model.tokenizer().encode(EditedText.of(plain.answers().get(question).text(), WRONG_WORDS, question)));
        }
        prepared.put(workload, new Prepared(plain, predictions));
        progress.accept("%s: %d prompts of %d to %d tokens".formatted(workload.label(), asked.size(),
                asked.stream().mapToInt(request -> request.prompt().length).min().orElseThrow(),
                asked.stream().mapToInt(request -> request.prompt().length).max().orElseThrow()));
    }

    private List<Candidate> accepted(Workload workload) {
        List<Candidate> accepted = new ArrayList<>();
        for (Candidate candidate : plan.candidates()) {
            try {
                if (candidate.suits(workload)) {
                    select(workload, candidate, 0);
                    accepted.add(candidate);
                }
            } catch (InvalidDecoding e) {
                if (leftOut.add(candidate.name())) {
                    notes.accept("%s left out: %s".formatted(candidate.name(), e.getMessage()));
                }
            }
        }
        return accepted;
    }

    private void measure(Cell cell, List<Candidate> order, int round) throws Exception {
        List<Integer> questions = IntStream.range(0, cell.batch()).mapToObj(i -> (round * cell.batch() + i) % plan.questions()).toList();
        QuietRuns patient = wasted < plan.limit().toNanos() / WASTE ? runs : runs.retrying(0);
        long before = clock.getAsLong();
        Runs<Series> measured = patient.measure(() -> answer(cell.workload(), order, questions));
        Series series = measured.values().getFirst();
        wasted += clock.getAsLong() - before - series.nanos();
        longest.merge(cell, series.nanos(), Math::max);
        Answers standard = series.answers().get(Candidate.STANDARD);
        Answers plain = prepared.get(cell.workload()).plain();
        for (Candidate each : order) {
            Answers yardstick = each.isStandard() ? new Answers(plain.seconds(), questions.stream().map(plain.answers()::get).toList()) : standard;
            var pair = new Pair(series.answers().get(each), yardstick, measured.thrownAway(), measured.quiet());
            pairs.get(new Line(cell.workload(), cell.batch(), each)).add(pair);
            if (!each.isStandard()) {
                progress.accept("%s, batch %d, %s: %s times standard".formatted(cell.workload().label(), cell.batch(), each.name(),
                        Table.digits(pair.ratio())));
            }
        }
    }

    private Series answer(Workload workload, List<Candidate> order, List<Integer> questions) throws IOException, InterruptedException {
        long before = clock.getAsLong();
        Map<Candidate, String> memories = new HashMap<>();
        for (Candidate each : order) {
            if (each.learns()) {
                memories.put(each, "bench-" + scopes++);
                ask(workload, each, List.of(plan.questions()), memories.get(each));
            }
        }
        Map<Candidate, Answers> answers = new HashMap<>();
        for (Candidate each : order) {
            answers.put(each, ask(workload, each, questions, memories.get(each)));
        }
        return new Series(answers, clock.getAsLong() - before);
    }

    private Answers ask(Workload workload, Candidate candidate, List<Integer> questions) throws IOException, InterruptedException {
        return ask(workload, candidate, questions, null);
    }

    /** @param memory {@code null}: nobody's */
    private Answers ask(Workload workload, Candidate candidate, List<Integer> questions, String memory) throws IOException, InterruptedException {
        List<GenerationRequest> wave = new ArrayList<>();
        for (int question : questions) {
            try {
                wave.add(requests.get(workload).get(question).plain(select(workload, candidate, question), memory));
            } catch (InvalidDecoding e) {
                throw new IOException("%s, refused for one question only: %s".formatted(candidate.name(), e.getMessage()), e);
            }
        }
        return client.ask(wave);
    }

    private Selection select(Workload workload, Candidate candidate, int question) throws InvalidDecoding {
        int[] prediction = candidate.needsPrediction() ? prepared.get(workload).predictions().get(question) : null;
        return requests.get(workload).get(question).select(model, candidate.decoding(), prediction);
    }
}
